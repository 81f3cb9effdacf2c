"""Image layouts made on the spot, from nothing and always the same: what the real registries are seeded with.

make(folder) writes three OCI layouts with the tag 1.0: `single` (linux/amd64), `multi` (an index of linux/amd64 and linux/arm64/v8) and
`other` (as multi, the amd64 image with other content).
"""

import gzip
import hashlib
import io
import json
import pathlib
import tarfile

OCI = "application/vnd.oci.image"


class Layout:
    def __init__(self, folder):
        self.folder = folder
        (folder / "blobs/sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))

    def add(self, content, media_type):
        data = content if isinstance(content, bytes) else json.dumps(content, sort_keys=True).encode()
        hexed = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs/sha256" / hexed).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{hexed}", "size": len(data)}

    def image(self, text, platform):
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo("motd")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
        layer = gzip.compress(archive.getvalue(), mtime=0)
        diff = "sha256:" + hashlib.sha256(archive.getvalue()).hexdigest()
        config = {**platform, "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff]}}
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{OCI}.manifest.v1+json",
            "config": self.add(config, f"{OCI}.config.v1+json"),
            "layers": [self.add(layer, f"{OCI}.layer.v1.tar+gzip")],
        }
        return {**self.add(manifest, manifest["mediaType"]), "platform": platform}

    def index(self, images):
        index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": images}
        return self.add(index, index["mediaType"])

    def close(self, entry, tag):
        named = {key: entry[key] for key in ("mediaType", "digest", "size")}
        named["annotations"] = {"org.opencontainers.image.ref.name": tag}
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
        return entry["digest"]


AMD = {"architecture": "amd64", "os": "linux"}
ARM = {"architecture": "arm64", "os": "linux", "variant": "v8"}


def make(folder):
    """Writes the layouts; returns the digest under each one's tag."""
    folder = pathlib.Path(folder)
    single, multi, other = (Layout(folder / name) for name in ("single", "multi", "other"))
    return {
        "single": single.close(single.image("single", AMD), "1.0"),
        "multi": multi.close(multi.index([multi.image("amd", AMD), multi.image("arm", ARM)]), "1.0"),
        "other": other.close(other.index([other.image("changed", AMD), other.image("arm", ARM)]), "1.0"),
    }
