"""A stand-in for the outside world: Twilio, WhatsApp Cloud API and SMTP, with a phone and a mailbox for everybody.

It is a process of its own and knows nothing of the product but the wires. Start it with

    await serve(port=7003, smtp_port=7004, product="http://127.0.0.1:7002")

and point the product at `http://127.0.0.1:7003` for Twilio and for WhatsApp, and at port 7004 for mail, with the
accounts of `DEMONSTRATION`. `create_app(...)` gives the application alone, for tests. Messages live in memory.

The wires are described in twilio.py, whatsapp_cloud.py, webhooks.py and mail.py; what scripts may ask in routes.py.
"""

from bedside.sandbox.accounts import DEMONSTRATION, SandboxAccounts
from bedside.sandbox.main import create_app, serve
from bedside.sandbox.outside import Pace

__all__ = ["DEMONSTRATION", "Pace", "SandboxAccounts", "create_app", "serve"]
