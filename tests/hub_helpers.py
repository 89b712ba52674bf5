"""A stand-in of the Hugging Face Hub: as much of its HTTP interface as pushing and fetching a model takes."""

import base64
import contextlib
import hashlib
import http.server
import json
import threading
from urllib.parse import unquote, urlsplit


class Hub:
    """What it holds.

    Attributes:
      files: path -> content, by repository owner/name.
      private: of each repository.
      asked: method and path of every request.
    """

    def __init__(self):
        self.files, self.private, self.asked = {}, {}, []


@contextlib.contextmanager
def running():
    """(hub, address) while it serves."""
    hub = Hub()

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, content=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def json(self, value, status=200):
        self.answer(status, json.dumps(value).encode(), Content_Type="application/json")

    def do_POST(self):
        path, body = urlsplit(self.path).path, self.body()
        self.hub.asked.append(f"POST {path}")
        if self.headers.get("Authorization") != "Bearer hf_right":
            return self.json({"error": "Invalid username or password."}, 401)
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = "/".join(filter(None, (asked.get("organization"), asked["name"])))
            name = name if "/" in name else f"me/{name}"
            self.hub.files.setdefault(name, {})
            self.hub.private[name] = bool(asked.get("private")) or asked.get("visibility") == "private"
            return self.json({"url": f"http://{self.headers['Host']}/{name}", "name": name, "id": name})
        name = "/".join(path.split("/")[3:5])
        if path.endswith("/preupload/main"):
            files = [
                {"path": x["path"], "uploadMode": "regular", "shouldIgnore": False}
                for x in json.loads(body)["files"]
            ]
            return self.json({"files": files})
        if path.endswith("/commit/main"):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.hub.files[name][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            return self.json(
                {
                    "commitUrl": f"http://{self.headers['Host']}/{name}/commit/{_commit(name)}",
                    "commitOid": _commit(name),
                }
            )
        if path.endswith("validate-yaml"):
            return self.json({"errors": [], "warnings": []})
        return self.json({"error": "not known"}, 404)

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(f"{self.command} {path}")
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            name = "/".join(parts[2:4])
            if name not in self.hub.files:
                return self.json({"error": "Repository not found"}, 404)
            files = [{"rfilename": file} for file in self.hub.files[name]]
            return self.json(
                {
                    "id": name,
                    "sha": _commit(name),
                    "siblings": files,
                    "private": self.hub.private[name],
                    "tags": [],
                    "downloads": 0,
                }
            )
        name, file = "/".join(parts[:2]), "/".join(parts[4:])
        content = self.hub.files.get(name, {}).get(file)
        if content is None:
            code = "EntryNotFound" if name in self.hub.files else "RepoNotFound"
            return self.answer(404, X_Error_Code=code, X_Error_Message=f"{name} {file} not found")
        return self.answer(
            200, content, ETag=f'"{hashlib.sha1(content).hexdigest()}"', X_Repo_Commit=_commit(name)
        )

    do_HEAD = do_GET  # noqa: N815


def _commit(name):
    return hashlib.sha1(name.encode()).hexdigest()
