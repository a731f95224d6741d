"""`pybisect notify`, against a real SMTP server (Debian's python3-aiosmtpd)
and a real HTTP server on loopback."""

import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest

from bench import Case, setUpModule, tearDownModule  # noqa: F401
from journal import open_journal
from terminal import DEBIAN

try:
    import aiosmtpd
except ImportError:
    sys.path.append(DEBIAN)
    try:
        import aiosmtpd
    except ImportError:
        aiosmtpd = None
if aiosmtpd:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

SHA = "43c47fe09640c579462978ec16f81295f5857cde"
OTHER = "1583c40be938d2caf363c126976bc8757df90b13"
PASSWORD = "open sesame"
SECRET = "a shared secret"


def culprit(sha, subject="bpo-32670: Enforce PEP 479. (#5327)"):
    """What docs/nightly.md says of such an event."""
    return {"culprit": {"sha": sha, "subject": subject,
                        "author": "Yury <y@magic.io>", "date": "2018-01-26",
                        "probability": 0.999},
            "night": 7, "head": {"sha": OTHER},
            "failures": [
                {"id": "f3", "project": "genshi", "class": "behaviour",
                 "signature": "RuntimeError: generator raised StopIteration",
                 "ntests": 65},
                {"id": "f9", "project": "trac", "ntests": 1,
                 "signature": "RuntimeError: generator raised StopIteration"},
            ]}


class Hooks:
    """An HTTP server that answers as it is told, and keeps what it got."""

    def __init__(self, context=None):
        self.got = []
        self.answers = []  # functions of the handler; then 204
        hooks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hooks.got.append((self.path, dict(self.headers), body))
                if hooks.answers:
                    hooks.answers.pop(0)(self)
                else:
                    answer(204)(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket,
                                                     server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def answer(status, **headers):
    def give(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return give


class Notify(Case):

    def setUp(self):
        super().setUp()
        self.config = "config/pybisect/notify.yml"
        self.environment["PB_SECRET"] = SECRET
        self.password = self.write("password", PASSWORD + "\n")

    def settings(self, text):
        self.write(self.config, text)

    def event(self, kind="found", about=SHA, payload=None):
        settings = self.environment["XDG_CONFIG_HOME"]
        self.environment["XDG_CONFIG_HOME"] = "/nowhere"
        self.notify(status=0)  # makes the journal
        self.environment["XDG_CONFIG_HOME"] = settings
        with open_journal(os.path.join(
                self.place, "data/pybisect/journal.sqlite")) as journal:
            journal.execute(
                "INSERT INTO events(at, kind, about, payload)"
                " VALUES(?, ?, ?, ?)", (1700000000, kind, about, json.dumps(
                    culprit(about) if payload is None else payload)))

    def notify(self, *words, status=None):
        done = self.pybisect("notify", *words, status=status)
        for text in PASSWORD, SECRET:
            self.assertNotIn(text, done.out + done.err)
        return done

    def hooks(self, context=None):
        hooks = Hooks(context)
        self.addCleanup(hooks.close)
        return hooks

    def certificate(self):
        """One of our own for localhost."""
        path = os.path.join(self.place, "cert.pem")
        key = os.path.join(self.place, "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", key, "-out", path, "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, key)
        return path, context


class Settings(Notify):

    def test_without_settings_nobody_is_told(self):
        done = self.notify(status=0)
        self.assertIn("nobody is to be told", done.err)

    def test_each_mistake_has_file_line_and_key(self):
        self.settings(
            "mail:\n"
            "  - server: smtp.example.org\n"
            "    tls: none\n"
            "    user: bot\n"
            "    password-variable: P\n"
            "    password-file: secret\n"
            "    from: nobody\n"
            "    to: [\"a@b.org\\nBcc: c@d.org\"]\n"
            "    port: 99999\n"
            "  - {server: \"a b\", from: a@b.org, to: [], user: x}\n"
            "hooks:\n"
            "  - url: ftp://example.org\n")
        done = self.notify(status=2)
        for line, key in ((3, "mail.tls"), (6, "mail.password-file"),
                          (7, "mail.from"), (8, "mail.to"), (9, "mail.port"),
                          (10, "mail.server"), (10, "mail.user"),
                          (10, "mail.to"), (12, "hooks.url")):
            self.assertIn("%s:%d: %s: " % (self.config, line, key), done.out)

    def test_unknown_keys_are_mistakes(self):
        self.settings("mail:\n  - sever: x\nhook: []\n")
        done = self.notify(status=2)
        self.assertIn("did you mean", done.out)
        self.assertIn(":2: ", done.out)

    def test_two_receivers_of_one_name_are_a_mistake(self):
        self.settings("hooks:\n  - url: https://a.org\n"
                      "  - url: https://a.org\n")
        self.assertIn("there are two", self.notify(status=2).out)


class WebHooks(Notify):

    def setUp(self):
        super().setUp()
        self.server = self.hooks()
        self.url = "http://127.0.0.1:%d/hook?token=t0k3n" % self.server.port
        self.settings("site: https://example.org/nights\n"
                      "hooks:\n  - url: %s\n    secret-variable: PB_SECRET\n"
                      % self.url)

    def test_an_event_is_sent_once_and_signed(self):
        self.event()
        self.notify(status=0)
        done = self.notify(status=0)
        self.assertEqual((len(self.server.got), done.out), (1, ""))
        path, headers, body = self.server.got[0]
        self.assertEqual(path, "/hook?token=t0k3n")
        stamp = headers["X-Pybisect-Timestamp"]
        self.assertLess(abs(time.time() - int(stamp)), 60)
        self.assertEqual(
            headers["X-Pybisect-Signature"], "sha256=" + hmac.new(
                SECRET.encode(), stamp.encode() + b"." + body,
                hashlib.sha256).hexdigest())
        told = json.loads(body)
        self.assertEqual(told["schema"], "pybisect-event-1")
        self.assertEqual(told["delivery"], headers["X-Pybisect-Delivery"])
        self.assertEqual(told["delivery"], headers["Idempotency-Key"])
        self.assertEqual((told["kind"], told["about"], told["at"]),
                         ("found", SHA, "2023-11-14T22:13:20Z"))
        self.assertEqual(told["event"], culprit(SHA))
        self.assertEqual(
            told["text"], "[pybisect] 43c47fe096 broke genshi, trac: "
            "bpo-32670: Enforce PEP 479. (#5327)")

    def test_each_kind_is_told(self):
        self.event()
        self.event("fixed")
        self.event("sick", "12", {"why": "no space is left"})
        self.notify(status=0)
        texts = [json.loads(got[2])["text"] for got in self.server.got]
        self.assertIn("fixed: what 43c47fe096 broke", texts[1])
        self.assertIn("the machine of night 12", texts[2])

    def test_a_dry_run_shows_and_sends_nothing(self):
        self.event()
        for _ in range(2):
            done = self.notify("--dry-run", status=0)
            self.assertIn("to be sent: [pybisect] 43c47fe096 broke", done.out)
            self.assertIn("    RuntimeError: generator raised", done.out)
            self.assertIn("https://example.org/nights", done.out)
        self.assertEqual(self.server.got, [])

    def test_a_dry_run_needs_no_secret(self):
        del self.environment["PB_SECRET"]
        self.event()
        self.notify("--dry-run", status=0)
        done = self.notify(status=3)
        self.assertIn("'PB_SECRET' is empty or not there", done.err)

    def test_an_error_is_told_and_tried_again_with_the_same_id(self):
        self.server.answers = [answer(500), answer(404)]
        self.event()
        for status in 500, 404:
            done = self.notify(status=3)
            self.assertIn("answers %d" % status, done.err)
            self.assertIn("next time again", done.err)
            self.assertNotIn("t0k3n", done.err)
        self.notify(status=0)
        self.notify(status=0)
        ids = {got[1]["X-Pybisect-Delivery"] for got in self.server.got}
        self.assertEqual((len(self.server.got), len(ids)), (3, 1))

    def test_a_receiver_that_fails_gets_no_more_this_time(self):
        self.server.answers = [answer(500)]
        self.event()
        self.event(about=OTHER)
        self.notify(status=3)
        self.assertEqual(len(self.server.got), 1)
        self.notify(status=0)
        self.assertEqual(len(self.server.got), 3)

    def test_a_redirect_is_not_followed(self):
        other = self.hooks()
        self.server.answers = [answer(
            307, Location="http://127.0.0.1:%d/" % other.port)]
        self.event()
        done = self.notify(status=3)
        self.assertIn("a redirect, which is not followed", done.err)
        self.assertEqual(other.got, [])

    def test_a_refused_connection_is_told(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        self.settings("hooks:\n  - url: http://127.0.0.1:%d/\n" % port)
        self.event()
        done = self.notify(status=3)
        self.assertIn("Failed to connect", done.err)

    def test_a_server_that_says_nothing_has_a_time_limit(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            self.settings("hooks:\n  - url: http://127.0.0.1:%d/\n"
                          "    timeout: 1\n" % server.getsockname()[1])
            self.event()
            done = self.notify(status=3)
            self.assertIn("timed out", done.err)

    def test_one_receiver_does_not_hold_up_another(self):
        bad = self.hooks()
        bad.answers = [answer(500)] * 2
        self.settings("hooks:\n  - url: http://127.0.0.1:%d/\n  - url: %s\n"
                      % (bad.port, self.url))
        self.event()
        self.notify(status=3)
        self.assertEqual((len(bad.got), len(self.server.got)), (1, 1))

    def test_a_bad_certificate_is_refused(self):
        path, context = self.certificate()
        server = self.hooks(context)
        self.settings("hooks:\n  - url: https://localhost:%d/\n"
                      % server.port)
        self.event()
        done = self.notify(status=3)
        self.assertIn("certificate", done.err)
        self.assertEqual(server.got, [])
        self.settings("hooks:\n  - url: https://localhost:%d/\n"
                      "    ca-file: %s\n" % (server.port, path))
        self.notify(status=0)
        self.assertEqual(len(server.got), 1)

    def test_after_a_crash_nothing_is_sent_twice(self):
        processes = []

        def crash(handler):
            processes[0].send_signal(signal.SIGKILL)

        self.event()
        self.server.answers = [crash]
        processes.append(self.start("notify"))
        self.assertEqual(self.finish(processes[0]).status, -signal.SIGKILL)
        self.assertEqual(len(self.server.got), 1)
        done = self.notify(status=0)
        self.assertIn("may have arrived", done.err)
        self.assertIn("43c47fe096 broke", done.err)
        self.assertNotIn("may have", self.notify(status=0).err)
        self.assertEqual(len(self.server.got), 1)

    def test_ctrl_c_stops_it_and_the_next_time_it_is_sent(self):
        processes = []

        def interrupt(handler):
            processes[0].send_signal(signal.SIGINT)
            time.sleep(3)

        self.event()
        self.server.answers = [interrupt]
        processes.append(self.start("notify"))
        self.assertEqual(self.finish(processes[0]).status, 130)
        self.notify(status=0)
        self.assertEqual(len(self.server.got), 2)

    def test_hostile_text_stays_text(self):
        self.event(payload=culprit(
            SHA, "evil\r\nX-Header: 1\x1b[31m \u202e\n.\nQUIT"))
        self.notify(status=0)
        text = json.loads(self.server.got[0][2])["text"]
        self.assertNotIn("\n", text)
        self.assertNotIn("X-Header", text)


@unittest.skipUnless(aiosmtpd, "there is no aiosmtpd")
class Mail(Notify):

    def setUp(self):
        super().setUp()
        self.mails = []
        self.refuse = []
        self.logins = []
        self.cert, self.context = self.certificate()

    def serve(self, **more):
        case = self

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                if case.refuse:
                    return case.refuse.pop(0)
                case.mails.append((session, envelope))
                return "250 taken"

        def authenticate(server, session, envelope, mechanism, data):
            case.logins.append((data.login, data.password))
            return AuthResult(success=data.password == PASSWORD.encode())

        controller = Controller(
            Handler(), hostname="127.0.0.1", port=free_port(),
            authenticator=authenticate, **more)
        controller.start()
        self.addCleanup(controller.stop)
        self.port = controller.port

    def serve_starttls(self):
        self.serve(tls_context=self.context, auth_required=True,
                   require_starttls=True)

    def mail(self, **more):
        fields = {"server": "localhost", "port": self.port, "user": "bot",
                  "password-file": self.password, "ca-file": self.cert,
                  "from": "'Pybisect <bot@example.org>'",
                  "to": "[a@example.org, 'Bee <b@example.org>']", **more}
        self.settings("mail:\n  -\n" + "".join(
            "    %s: %s\n" % (key.replace("_", "-"), value)
            for key, value in fields.items() if value is not None))

    def test_a_mail_goes_by_starttls_with_a_password(self):
        self.event()
        self.serve_starttls()
        self.mail()
        self.notify(status=0)
        self.notify(status=0)
        [(session, envelope)] = self.mails
        self.assertTrue(session.ssl)
        self.assertEqual(self.logins[-1], (b"bot", PASSWORD.encode()))
        self.assertEqual(envelope.mail_from, "bot@example.org")
        self.assertEqual(envelope.rcpt_tos,
                         ["a@example.org", "b@example.org"])
        parsed = email.message_from_bytes(envelope.content,
                                          policy=email.policy.default)
        self.assertEqual(
            parsed["Subject"], "[pybisect] 43c47fe096 broke genshi, trac: "
            "bpo-32670: Enforce PEP 479. (#5327)")
        self.assertEqual(parsed["From"], "Pybisect <bot@example.org>")
        self.assertEqual(parsed["Date"].datetime.timestamp(), 1700000000)
        self.assertIn("certainty  99.9 %", parsed.get_content())
        self.assertRegex(parsed["Message-ID"],
                         r"^<found-[0-9a-f]{24}\.pybisect@example\.org>$")
        self.assertEqual(parsed.defects, [])

    def test_what_is_fixed_answers_what_was_found(self):
        self.event()
        self.event("fixed")
        self.serve_starttls()
        self.mail()
        self.notify(status=0)
        found, fixed = (email.message_from_bytes(mail[1].content)
                        for mail in self.mails)
        self.assertEqual(fixed["In-Reply-To"], found["Message-ID"])

    def test_tls_from_the_start(self):
        self.event()
        self.serve(ssl_context=self.context, auth_require_tls=False)
        self.mail(tls="tls")
        self.notify(status=0)
        self.assertEqual(len(self.mails), 1)

    def test_no_tls_no_mail(self):
        """A server that does not offer it, or somebody in between who hides
        that it does, gets neither password nor text."""
        self.event()
        self.serve(auth_require_tls=False)
        self.mail()
        done = self.notify(status=3)
        self.assertIn("STARTTLS", done.err)
        self.assertEqual((self.mails, self.logins), ([], []))

    def test_a_bad_certificate_is_refused(self):
        self.event()
        self.serve_starttls()
        self.mail(ca_file=None, **{"ca-file": None})
        done = self.notify(status=3)
        self.assertIn("certificate", done.err)
        self.assertEqual((self.mails, self.logins), ([], []))

    def test_a_wrong_password_is_told_and_not_shown(self):
        self.event()
        self.serve_starttls()
        self.write("password", "shut sesame\n")
        self.mail()
        done = self.notify(status=3)
        self.assertIn("not sent, next time again", done.err)
        self.assertNotIn("sesame", done.err)
        self.write("password", PASSWORD)
        self.notify(status=0)
        self.assertEqual(len(self.mails), 1)

    def test_a_refused_mail_is_sent_again_with_the_same_id(self):
        self.event()
        self.serve_starttls()
        self.mail()
        self.refuse = ["451 not now"]
        self.notify(status=3)
        self.notify(status=0)
        self.assertEqual(len(self.mails), 1)

    def test_hostile_text_stays_text(self):
        self.event(payload=culprit(
            SHA, "né\r\nBcc: evil@example.org\n.\nQUIT" + "x" * 300))
        self.serve_starttls()
        self.mail()
        self.notify(status=0)
        [(_, envelope)] = self.mails
        parsed = email.message_from_bytes(envelope.content,
                                          policy=email.policy.default)
        self.assertIsNone(parsed["Bcc"])
        self.assertIn("né", parsed["Subject"])
        self.assertLessEqual(
            max(map(len, envelope.content.splitlines())), 78)


def free_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


if __name__ == "__main__":
    unittest.main()
