"""What processes tell each other: it arrives as it was sent, and what others put there is one clear error."""

import ast
import pickle
import struct

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_structure import SOURCES

from cwgan_jax.common.errors import CheckpointError, DataError, PeerError, UserError
from cwgan_jax.parallel import messages, processes


def message(header, content=b""):
    return struct.pack(">I", len(header)) + header + content


def raising(error):
    raise error


TREE = {
    "step": 7,
    "half": jnp.asarray([1.5, -2.0], jnp.bfloat16),
    "double": np.array([[1e-300, np.nan, -0.0]]),
    "nothing": np.zeros((0, 3), np.float32),
    "count": np.uint32(5),
}
LIKE = TREE | {"step": 0, "half": jax.ShapeDtypeStruct((2,), jnp.bfloat16)}


def test_trees_arrive_bit_for_bit_with_their_types():
    found = messages.unpacked(messages.packed(lambda: TREE, LIKE), LIKE).value
    assert found.keys() == TREE.keys()
    assert found["step"] == 7
    assert type(found["step"]) is int
    for name in TREE.keys() - {"step"}:
        sent = np.asarray(TREE[name])
        assert (found[name].dtype, found[name].shape) == (sent.dtype, sent.shape)
        assert found[name].tobytes() == sent.tobytes()
    assert messages.unpacked(messages.packed(lambda: None, LIKE), LIKE).value is None


@pytest.mark.parametrize("value", [None, 3, 1.5, "a\nb", ["x", {"y": [1, None]}]])
def test_json_arrives(value):
    assert messages.unpacked(messages.packed(lambda: value)).value == value


def test_errors_arrive_with_class_and_text():
    class InnerError(DataError):
        pass

    outcome = messages.unpacked(messages.packed(lambda: raising(InnerError("a\nb\x1b[2J"))))
    assert type(outcome.error) is DataError
    assert str(outcome.error) == "a\nb?[2J"
    assert outcome.error.exit_status == DataError.exit_status


WHOLE = messages.packed(lambda: TREE, LIKE)


@pytest.mark.parametrize(
    "received",
    [
        b"",
        pickle.dumps((True, None)),
        b"\xff\xff\xff\xff{}",
        message(b"{"),
        message(b"[" * 100_000),
        message(b'{"value": 1}', b"surplus"),
        message(b'{"value": 1, "arrays": []}'),
        message(b'{"value": 1}'),  # where arrays are expected
        message(b'{"error": "OSError", "text": ""}'),
        message(b'{"error": "PeerError", "text": 5}'),
        message(b'{"arrays": [["object", [2]]]}', b"x" * 16),
        WHOLE[:-1],
        WHOLE + b"x",
        messages.packed(lambda: TREE | {"half": np.zeros(2)}, LIKE),
        messages.packed(lambda: TREE | {"half": np.zeros(3, jnp.bfloat16)}, LIKE),
    ],
)
def test_anything_else_is_refused(received):
    with pytest.raises(ValueError, match=r"^it|^its"):
        messages.unpacked(received, LIKE)


class Store:
    """The coordination service's, as two processes see it."""

    def __init__(self):
        self.content = {}

    def key_value_set_bytes(self, key, value):
        if key in self.content:
            raise jax.errors.JaxRuntimeError(f"ALREADY_EXISTS: {key}")
        self.content[key] = value

    def blocking_key_value_get_bytes(self, key, _):
        return self.content[key]


@pytest.fixture
def pod(monkeypatch):
    """Makes this process one of two in turn: pod(i, function)."""
    store = Store()
    monkeypatch.setattr(processes, "_client", lambda: store)
    monkeypatch.setattr(processes, "count", lambda: 2)

    def of(i, function):
        monkeypatch.setattr(processes, "index", lambda: i)
        monkeypatch.setattr(processes, "_calls", 0)
        return function()

    of.store = store.content
    return of


def test_both_processes_return_what_the_first_did(pod, monkeypatch):
    found = [pod(i, lambda: processes.once(lambda: TREE, lambda: LIKE)) for i in range(2)]
    assert found[1]["half"].tobytes() == found[0]["half"].tobytes() == np.asarray(TREE["half"]).tobytes()
    sent = []  # above _LARGE by a collective of the devices
    monkeypatch.setattr(processes, "_LARGE", 0)
    monkeypatch.setattr(
        processes.multihost_utils, "broadcast_one_to_all", lambda x: sent.append(x) or sent[0]
    )
    pod.store.clear()
    found = [pod(i, lambda: processes.once(lambda: TREE, lambda: LIKE)) for i in range(2)]
    assert found[1]["double"].tobytes() == TREE["double"].tobytes()
    assert sent[1].shape == sent[0].shape


def test_both_raise_what_the_first_raised(pod):
    for i in range(2):
        with pytest.raises(CheckpointError, match="gone") as caught:
            pod(i, lambda: processes.once(lambda: raising(CheckpointError("gone"))))
        assert caught.value.shared
        assert caught.value.process == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cwgan_jax/1/size", b"9" * 30),
        ("cwgan_jax/1/size", b"4000000"),
        ("cwgan_jax/1/size", b"-1"),
        ("cwgan_jax/1/value", pickle.dumps((True, 1))),
    ],
)
def test_a_message_from_elsewhere_ends_the_run_in_one_line(pod, key, value):
    pod(0, lambda: processes.once(lambda: 5))
    pod.store[key] = value
    with pytest.raises(PeerError, match=r"no process of this run.*docs/scaling\.md"):
        pod(1, lambda: processes.once(lambda: 5))
    pod.store.clear()
    pod.store[key] = value
    with pytest.raises(PeerError, match="is there already"):  # put there before process 0 did
        pod(0, lambda: processes.once(lambda: 5))


class Planted:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("code of another process was run",)


def test_no_code_of_a_peer_is_run(pod):
    pod.store["cwgan_jax/1/1"] = pickle.dumps((True, Planted()))
    with pytest.raises(PeerError, match="no process of this run"):
        pod(0, lambda: processes.together(lambda: 1))


def test_nothing_is_unpickled_anywhere():
    forbidden = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not forbidden & {name.partition(".")[0] for name in names}, path
            if isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "weights_only"):
                assert node.value.value == (node.arg == "weights_only"), path


def test_an_error_class_of_every_kind_can_travel():
    def all_of(kind):
        return {kind}.union(*map(all_of, kind.__subclasses__()))

    for kind in all_of(UserError):
        if kind.__module__ == "cwgan_jax.common.errors":
            assert type(messages.unpacked(messages.packed(lambda k=kind: raising(k("x")))).error) is kind
