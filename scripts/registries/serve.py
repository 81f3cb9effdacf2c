#!/usr/bin/env python3
"""Starts a registry program in every way that the tests need, on loopback, seeds it with skopeo, and stops all of it again.

usage: serve.py FOLDER [PROGRAM]      (FOLDER is new or empty; PROGRAM is Debian's docker-registry, or distribution's own `registry`)

Prints one line of JSON when everything answers: the registries' addresses, the authority's file, the digests. Then it reads commands:
`stop NAME` stops one registry. At the end of its input it stops every process that it started and deletes FOLDER, so whoever holds the
other end of the pipe need only go away. Needs docker-registry (or PROGRAM), skopeo, htpasswd (apache2-utils) and openssl.
"""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # nothing is left in the checkout

import layout  # noqa: E402
import tokens  # noqa: E402

USER, PASSWORD = "alice", "s3cret:with:colons$HOME"
NEEDED = {"skopeo": "skopeo", "htpasswd": "apache2-utils", "openssl": "openssl"}


class Registries:
    def __init__(self, folder, program):
        self.program = program
        self.folder, self.running, self.address = folder, {}, {}
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            sys.exit(f"`{folder}` is not empty, and would be deleted")

    def start(self, name, **extra):
        home = self.folder / name
        home.mkdir()
        # It takes a free port and says which: a port that we looked for could be another's by the time it is taken.
        http = {"addr": "127.0.0.1:0", **extra.pop("http", {})}
        config = {
            "version": "0.1",
            "log": {"level": "info", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(home / "data")}, "cache": {"blobdescriptor": "inmemory"}},
            "http": http,
            **extra,
        }
        (home / "config.yml").write_text(json.dumps(config))
        log = (home / "log").open("w")
        self.running[name] = subprocess.Popen([self.program, "serve", home / "config.yml"], stdout=log, stderr=log)
        self.address[name] = self.listening(name)

    def listening(self, name):
        """The address that a registry says it listens on, as soon as it does."""
        log = self.folder / name / "log"
        for _ in range(1200):
            said = re.search(r'listening on (127\.0\.0\.1:\d+)[",]', log.read_text())
            if said:
                return said[1]
            if self.running[name].poll() is not None:
                sys.exit(f"registry `{name}` ended: {log.read_text()}")
            time.sleep(0.05)
        sys.exit(f"registry `{name}` does not answer: {log.read_text()}")

    def stop(self, name):
        process = self.running.pop(name, None)
        if not process:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self):
        for name in list(self.running):
            self.stop(name)
        shutil.rmtree(self.folder, ignore_errors=True)


def authority(folder):
    """An authority of our own, and a certificate of it for localhost."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=tests",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", *new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-out", "server.crt", "-extfile", "names")


def seed(registries, images):
    copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--all", "--dest-tls-verify=false"]
    for name, image, target, *options in images:
        to = f"docker://{registries.address[name]}/{target}"
        login = [] if name in ("anonymous", "upstream") else ["--dest-creds", f"{USER}:{PASSWORD}"]
        subprocess.run([*copy, *options, *login, f"oci:{registries.folder}/layouts/{image}:1.0", to], check=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    program = sys.argv[2] if len(sys.argv) > 2 else "docker-registry"
    missing = [] if shutil.which(program) else [program]
    missing += [f"{program} (package {package})" for program, package in NEEDED.items() if not shutil.which(program)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; scripts/test installs what is missing")
    registries = Registries(pathlib.Path(sys.argv[1]).absolute(), program)
    folder = registries.folder
    try:
        authority(folder)
        hashed = subprocess.run(["htpasswd", "-Bbn", "-C", "5", USER, PASSWORD], check=True, capture_output=True, text=True)
        (folder / "htpasswd").write_text(hashed.stdout)
        basic = {"auth": {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}}
        server = tokens.Tokens(folder, {USER: PASSWORD})
        realm = f"127.0.0.1:{server.serve()}"
        token = {"realm": f"http://{realm}/token", "service": server.service, "issuer": server.issuer, "rootcertbundle": str(server.certificate)}
        for name in ("anonymous", "upstream", "target"):
            registries.start(name)
        registries.start("basic", **basic)
        registries.start("tls", http={"tls": {"certificate": str(folder / "server.crt"), "key": str(folder / "server.key")}}, **basic)
        registries.start("token", auth={"token": token})
        registries.start("proxy", proxy={"remoteurl": f"http://{registries.address['upstream']}"})
        digests = layout.make(folder / "layouts")
        seed(registries, [
            ("anonymous", "multi", "public/multi:1.0"), ("anonymous", "single", "public/single:1.0"),
            ("anonymous", "multi", "public/list:1.0", "--format", "v2s2"),
            ("anonymous", "single", "lablup/python:3.6"), ("anonymous", "multi", "lablup/tools:1"), ("anonymous", "other", "inveniosoftware/centos8-python:3.8"),
            ("upstream", "multi", "public/multi:1.0"), ("upstream", "single", "public/single:1.0"),
            ("basic", "single", "private/single:1.0"), ("tls", "single", "private/single:1.0"),
            ("token", "multi", "public/multi:1.0"), ("token", "single", "private/single:1.0"),
        ])
        about = {**registries.address, "realm": realm, "folder": str(folder), "user": USER, "password": PASSWORD, "digests": digests}
        print(json.dumps(about), flush=True)
        for line in sys.stdin:
            command, _, name = line.strip().partition(" ")
            if command == "stop":
                registries.stop(name)
                print("stopped", flush=True)
    finally:
        registries.close()


if __name__ == "__main__":
    main()
