"""What can go wrong through no fault of the code, and the exit status each kind ends with."""

EXIT_BAD_INPUT = 2
EXIT_DIVERGED = 3
EXIT_STORAGE = 4
EXIT_PEER = 6  # SIGABRT, by which jax ends a process that has lost the others: see parallel/last_words.py
EXIT_INTERRUPTED = 130  # 128 + SIGINT
EXIT_TERMINATED = 143  # 128 + SIGTERM


class UserError(Exception):
    """A problem the user can solve: the message says what was given, what is allowed, what to change.

    The entry points print the message on one line, without a traceback, and leave with `exit_status`.
    """

    exit_status = EXIT_BAD_INPUT
    process = 0  # of a pod, in which it happened
    shared = False  # whether all processes of the pod raise it


class ConfigError(UserError):
    """A config, or a flag, that cannot be used; one line of the message per problem."""


class DataError(UserError):
    """A data set that is missing, unreachable or broken; the message names the file."""


class CheckpointError(UserError):
    """A workdir or checkpoint that cannot be used."""


class StorageError(UserError):
    """A file could not be written (disk full, no permission)."""

    exit_status = EXIT_STORAGE


class DivergedError(UserError):
    """A loss or a parameter is not finite."""

    exit_status = EXIT_DIVERGED


class PeerError(UserError):
    """Another process of the pod is gone, never came, or is not like this one."""

    exit_status = EXIT_PEER


class DriftError(UserError):
    """Replicas of the state are no longer equal."""

    exit_status = EXIT_DIVERGED


# What one process may be told that another raised.
KINDS: dict[str, type[UserError]] = {
    kind.__name__: kind
    for kind in (
        UserError,
        ConfigError,
        DataError,
        CheckpointError,
        StorageError,
        DivergedError,
        PeerError,
        DriftError,
    )
}
