import threading
import unittest
import urllib.request
from http.server import ThreadingHTTPServer

from main import Handler


class MainTest(unittest.TestCase):
    def test_first_page(self) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as response:
                self.assertEqual(response.status, 200)
                self.assertIn("<h1>", response.read().decode())
        finally:
            server.shutdown()
            server.server_close()


if __name__ == "__main__":
    unittest.main()
