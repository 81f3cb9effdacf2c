"""A token server for a registry with bearer tokens (distribution's token specification), for tests on loopback only.

Everybody may pull below public/; a user, or who has the refresh token `rt-USER`, may do everything. Tokens are signed by the openssl program.
"""

import base64
import http.server
import json
import pathlib
import subprocess
import threading
import time
import urllib.parse


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Tokens:
    def __init__(self, folder, users, issuer="transship-tests", service="transship-registry"):
        self.folder, self.users, self.issuer, self.service = pathlib.Path(folder), users, issuer, service
        self.key, self.certificate = self.folder / "token.key", self.folder / "token.crt"
        run = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tokens"]
        subprocess.run([*run, "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
        der = subprocess.run(["openssl", "x509", "-in", self.certificate, "-outform", "DER"], check=True, capture_output=True).stdout
        self.chain = [base64.b64encode(der).decode()]

    def sign(self, subject, access):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.service, "sub": subject, "access": access, "jti": str(time.time_ns())}
        claims |= {"iat": now, "nbf": now - 30, "exp": now + 600}
        text = ".".join(url64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "RS256", "x5c": self.chain}, claims))
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(), check=True, capture_output=True)
        return f"{text}.{url64(signed.stdout)}"

    def answer(self, user, scopes):
        access = []
        for scope in " ".join(scopes).split():
            kind, name, actions = scope.split(":", 2)
            allowed = actions.split(",") if user else ["pull"] if name.startswith("public/") else []
            access.append({"type": kind, "name": name, "actions": allowed})
        return 200, {"token": self.sign(user or "", access), "expires_in": 600}

    def get(self, query, authorization):
        if not authorization:
            return self.answer(None, query.get("scope", []))
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return self.answer(user, query.get("scope", [])) if self.users.get(user) == password else (401, {"errors": [{"code": "UNAUTHORIZED"}]})

    def post(self, form):
        user = form.get("refresh_token", [""])[0].removeprefix("rt-")
        known = form.get("grant_type") == ["refresh_token"] and user in self.users
        return self.answer(user, form.get("scope", [])) if known else (401, {"errors": [{"code": "UNAUTHORIZED"}]})

    def serve(self):
        """Serves from a thread; returns the port."""
        tokens = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def reply(self, status, value):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                self.reply(*tokens.get(query, self.headers.get("Authorization")))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.reply(*tokens.post(urllib.parse.parse_qs(body.decode())))

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port
