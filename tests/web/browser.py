"""A real browser for tests: Debian's chromium by its chromium-driver, with Python's standard library alone."""

import base64
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

ADDRESS = "127.28.0.9"
TAB, ENTER = "\ue004", "\ue006"


class Browser:
    def __init__(self, javascript=True):
        with socket.socket() as s:
            s.bind((ADDRESS, 0))
            self.port = s.getsockname()[1]
        driver = shutil.which("chromedriver") or "/usr/bin/chromedriver"
        self.driver = subprocess.Popen([driver, f"--port={self.port}", "--log-level=OFF"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        args = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage",
                "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.*"]
        if os.getuid() == 0:
            args.append("--no-sandbox")
        prefs = {} if javascript else {"profile.managed_default_content_settings.javascript": 2}
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
                                                   "goog:chromeOptions": {"args": args, "prefs": prefs}}}}
        for _ in range(300):
            try:
                self.session = self.call("POST", "/session", wanted)["sessionId"]
                break
            except ConnectionRefusedError:
                time.sleep(.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", f"/session/{self.session}")
        finally:
            self.driver.terminate()
            self.driver.wait(10)

    def call(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        c.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
        value = json.load(c.getresponse())["value"]
        c.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError(value["error"] + ": " + value["message"].split("\n")[0])
        return value

    def at(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self.at("POST", "/url", {"url": url})

    def find(self, css):
        return next(iter(self.at("POST", "/element", {"using": "css selector", "value": css}).values()))

    def text(self, css="body"):
        return self.at("GET", f"/element/{self.find(css)}/text")

    def click(self, css):
        self.at("POST", f"/element/{self.find(css)}/click", {})

    def click_text(self, words):
        """The first link or button with these words."""
        element = self.at("POST", "/element", {"using": "xpath", "value":
                          f"//main//a[contains(normalize-space(.), '{words}')] | //main//button[contains(., '{words}')]"})
        self.at("POST", f"/element/{next(iter(element.values()))}/click", {})

    def type(self, css, text):
        self.at("POST", f"/element/{self.find(css)}/value", {"text": text})

    def url(self):
        return self.at("GET", "/url")

    def run(self, script, *args):
        return self.at("POST", "/execute/sync", {"script": script, "args": list(args)})

    def cdp(self, cmd, **params):
        return self.at("POST", "/goog/cdp/execute", {"cmd": cmd, "params": params})

    def log(self):
        return [x["message"] for x in self.at("POST", "/se/log", {"type": "browser"})]

    def keys(self, *keys):
        steps = [a for k in keys for a in ({"type": "keyDown", "value": k}, {"type": "keyUp", "value": k})]
        self.at("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": steps}]})

    def cookie(self, name, value, host):
        self.cdp("Network.setCookie", name=name, value=value, domain=host, path="/", httpOnly=True, sameSite="Lax")

    def view(self, view):
        phone = view == "phone"
        self.cdp("Emulation.setDeviceMetricsOverride", width=360 if phone else 1280, height=800 if phone else 900,
                 deviceScaleFactor=1, mobile=phone)
        self.cdp("Emulation.setEmulatedMedia", media="print" if view == "print" else "",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if view == "dark" else "light"}])

    def shot(self, path):
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        data = self.cdp("Page.captureScreenshot", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
        pathlib.Path(path).write_bytes(base64.b64decode(data["data"]))

    def pdf(self, path):
        data = self.cdp("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))
