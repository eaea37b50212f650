"""Certificate authorities and certificates for the system tests, made by openssl."""

import subprocess

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

CA_CONFIG = """
[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Authority:
    """NAME.pem and NAME.key in the folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        openssl(folder, "req", "-x509", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem",
                "-days", "2", "-subj", f"/CN={name}")
        self.database = folder / f"{name}.books"
        self.database.mkdir()
        (self.database / "ca.conf").write_text(CA_CONFIG)
        (self.database / "index.txt").write_text("")
        (self.database / "serial").write_text("01\n")

    def certificate(self, name, alternative, first=None, last=None):
        """NAME.pem and NAME.key, valid from `first` to `last` (YYYYMMDDHHMMSSZ), else for a day."""
        openssl(self.folder, "req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternative}")
        dates = ["-startdate", first, "-enddate", last] if first else ["-days", "1"]
        openssl(self.database, "ca", "-batch", "-config", "ca.conf", "-cert", f"../{self.name}.pem",
                "-keyfile", f"../{self.name}.key", "-in", f"../{name}.csr", "-out",
                f"../{name}.pem", "-notext", *dates)


def tls(folder, ca, name=None):
    """The [tls] table of either settings file."""
    text = f'[tls]\nca = "{folder}/{ca}.pem"\n'
    if name:
        text += f'certificate = "{folder}/{name}.pem"\nkey = "{folder}/{name}.key"\n'
    return text
