"""The worker sends to the same outside world as messaging's own tests."""

from tests.messaging.conftest import office as office
from tests.messaging.conftest import product as product
