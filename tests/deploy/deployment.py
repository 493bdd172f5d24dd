"""What deploy/ describes, running: nginx with its own file, three web processes and two relays by their units."""

import os
import signal
import ssl
import subprocess
import sys

import httpx

from tests.deploy.units import DEPLOY, command, example_environment
from tests.faults.webs import until
from tests.stack import ROOT, end, free_port

NGINX = """
daemon off;
{user}
pid nginx.pid;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path kept; proxy_temp_path kept; fastcgi_temp_path kept; uwsgi_temp_path kept; scgi_temp_path kept;
    include bartender.conf;
}}
"""
SECRET_KEY = "a-key-of-their-own-" + "7" * 40
TLS = {"X-Forwarded-Proto": "https"}  # as nginx tells a web process
CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1"


class Deployment:
    """`url` and `ws_url` lead through nginx; `webs` and `relays` are the processes behind it, by port and number."""

    def __init__(self, database, folder):
        self.database, self.folder = database, folder
        self.port, self.tls_port, self.http_port = free_port(), free_port(), free_port()
        self.url, self.ws_url = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}/ws/"
        self.web_ports = [free_port() for _ in range(3)]
        self.webs, self.relays, self.nginx = {}, {}, None

    @property
    def environment(self):
        given = {name: value for name, value in example_environment().items() if name not in ("REDIS_URL", "DATA_DIR")}
        return os.environ | given | {
            "SECRET_KEY": SECRET_KEY,
            "ALLOWED_HOSTS": f"{given['ALLOWED_HOSTS']},127.0.0.1",
            "TRUSTED_ORIGINS": self.url,
            "DATABASE_URL": self.database,
            "RATE_LIMIT": "1000000",
        }  # fmt: skip

    def start(self):
        for port in self.web_ports:
            self.start_web(port)
        for number in (1, 2):
            self.start_relay(number)
        for port in self.web_ports:
            until(lambda port=port: self.answers(f"http://127.0.0.1:{port}"), 60)
        self.start_nginx()
        until(lambda: self.answers(self.url))
        return self

    def start_web(self, port):
        self.webs[port] = self.run(f"web-{port}", *command("bartender-web@.service", instance=str(port)))

    def start_relay(self, number):
        self.relays[number] = self.run(f"relay-{number}", *command("bartender-relay@.service", instance=str(number)))

    def run(self, name, *words):
        with (self.folder / f"{name}.log").open("a") as log:
            return subprocess.Popen([sys.executable, *words], cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def start_nginx(self):
        subprocess.run(CERTIFICATE.split(), cwd=self.folder, check=True, capture_output=True, timeout=60)
        (self.folder / "kept").mkdir()
        (self.folder / "bartender.conf").write_text(self.own_conf())
        user = "user root;" if os.geteuid() == 0 else ""  # its worker reads a folder that is ours alone
        (self.folder / "nginx.conf").write_text(NGINX.format(user=user))
        words = ["nginx", "-p", str(self.folder), "-e", "error.log", "-c", str(self.folder / "nginx.conf")]
        subprocess.run([*words, "-t"], check=True, capture_output=True, timeout=20)
        self.nginx = subprocess.Popen(words)

    def own_conf(self):
        """deploy/nginx/bartender.conf on ports and with a certificate of a test; without TLS too."""
        conf = (DEPLOY / "nginx/bartender.conf").read_text()
        changes = {
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.tls_port} ssl http2; listen 127.0.0.1:{self.port};",
            "listen 80;": f"listen 127.0.0.1:{self.http_port};",
            "/etc/letsencrypt/live/bars.example.org/fullchain.pem": f"{self.folder}/cert.pem",
            "/etc/letsencrypt/live/bars.example.org/privkey.pem": f"{self.folder}/key.pem",
        } | {f"127.0.0.1:800{n}": f"127.0.0.1:{port}" for n, port in enumerate(self.web_ports, 1)}
        for old, new in changes.items():
            assert old in conf, old
            conf = conf.replace(old, new)
        return conf

    def answers(self, url):
        """Whether a web process, or nginx before it, serves."""
        try:
            return httpx.get(f"{url}/login/", headers=TLS, timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def tls(self):
        """A context that trusts nothing but the test's own certificate."""
        return ssl.create_default_context(cafile=str(self.folder / "cert.pem"))

    def stop(self):
        for process in [self.nginx, *self.webs.values(), *self.relays.values()]:
            if process and process.poll() is None:
                end(process, signal.SIGTERM)
