"""TLS with given files: a collector's certificate, a device's certificate, and what is refused."""

import subprocess

from harness import World, wait_until

SENSORS = """
[[sensors.pattern]]
interval = "100ms"
"""


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
            "-subj", f"/CN={name}")


def make_certificate(folder, authority, name, alternative):
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / "ext").write_text(f"subjectAltName={alternative}\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey",
            f"{authority}.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "2",
            "-extfile", "ext")


def tls(folder, ca, name=None):
    text = f'[tls]\nca = "{folder}/{ca}.pem"\n'
    if name:
        text += f'certificate = "{folder}/{name}.pem"\nkey = "{folder}/{name}.key"\n'
    return text


def uploads(world, folder, settings):
    """Whether an agent with these TLS settings gets a record through."""
    before = (world.device() or {}).get("records", 0)
    agent = world.agent(SENSORS, period="1s", extra=settings,
                        upload='backoff = { initial = "200ms", max = "200ms" }').start()
    try:
        wait_until(lambda: (world.device() or {}).get("records", 0) > before
                   or agent.said("UNAVAILABLE"), 15, "success or failure")
        return (world.device() or {}).get("records", 0) > before
    finally:
        agent.kill()
        agent.log.unlink()


def main():
    with World() as world:
        folder = world.folder
        make_authority(folder, "ca")
        make_authority(folder, "stranger")
        make_certificate(folder, "ca", "collector", "IP:127.0.0.1")
        make_certificate(folder, "ca", "device", "URI:urn:dev:test")
        make_certificate(folder, "stranger", "impostor", "URI:urn:dev:test")

        # The operators' port stays plaintext on loopback.
        collector = world.collector(tls(folder, "ca", "collector")).start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        assert uploads(world, folder, tls(folder, "ca", "device"))
        assert not uploads(world, folder, tls(folder, "ca")), "no device certificate"
        assert not uploads(world, folder, tls(folder, "ca", "impostor")), "of another authority"
        assert not uploads(world, folder, tls(folder, "stranger", "device")), "another collector"
        assert not uploads(world, folder, ""), "plaintext against TLS"


main()
