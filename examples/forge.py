"""Certificates that no honest authority would issue, made with openssl, to show how they are met."""

import os
import subprocess


def _openssl(*arguments, stdin=b""):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)


def forge(folder, ca, uris, days=30, not_before=None, not_after=None, usage="both", is_ca=False):
    """Issues a leaf under the CA in folder `ca` that names each of `uris`, whatever it says.

    Returns (certificate, key): PEM files in `folder`. `usage`: "both" as a node's, "client" as an
    operator's. Times as openssl writes them (20260101000000Z).
    """
    os.makedirs(folder, exist_ok=True)
    key, request, certificate, rules = (
        os.path.join(folder, name) for name in ("key.pem", "request.pem", "cert.pem", "rules.cnf"))
    with open(rules, "w", encoding="ascii") as out:
        out.write(
            "[req]\ndistinguished_name = dn\n[dn]\n[leaf]\n"
            f"basicConstraints = critical, CA:{'TRUE' if is_ca else 'FALSE'}\n"
            "keyUsage = critical, digitalSignature\n"
            f"extendedKeyUsage = {'serverAuth, clientAuth' if usage == 'both' else 'clientAuth'}\n"
            "subjectAltName = " + ", ".join("URI:" + uri for uri in uris) + "\n"
            "[ca]\ndefault_ca = it\n[it]\ndatabase = " + os.path.join(folder, "index") + "\n"
            "rand_serial = yes\npolicy = any\ndefault_md = sha256\nunique_subject = no\n"
            f"new_certs_dir = {folder}\nx509_extensions = leaf\n[any]\ncommonName = optional\n")
    open(os.path.join(folder, "index"), "a", encoding="ascii").close()
    steps = [
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key],
        ["req", "-new", "-key", key, "-subj", "/CN=forged", "-config", rules, "-out", request],
        ["ca", "-batch", "-notext", "-config", rules, "-cert", os.path.join(ca, "ca.pem"),
         "-keyfile", os.path.join(ca, "ca-key.pem"), "-in", request, "-out", certificate]
        + (["-startdate", not_before] if not_before else [])
        + (["-enddate", not_after] if not_after else ["-days", str(days)]),
    ]
    for step in steps:
        done = _openssl(*step)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {' '.join(step)}:\n" + done.stderr.decode())
    os.chmod(key, 0o600)
    return certificate, key


def knock(port, certificate=None, key=None, options=()):
    """Tries to open a TLS connection and to keep it for a moment; returns what openssl said."""
    command = ["s_client", "-connect", f"127.0.0.1:{port}", "-alpn", "h2", *options]
    if certificate:
        command += ["-cert", certificate, "-key", key]
    done = _openssl(*command, stdin=b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")
