"""Routes that list, and what takes the place of retired ones."""

import asyncio
import json

from support.asgi_client import stage

from lightning_cli.serve.settings import FaultSettings


def test_a_retired_web_socket() -> None:
    """Refuse the upgrade as the routes beside it are refused."""

    async def asked() -> None:
        async with stage(faults=FaultSettings(retired_status=410)) as made:
            sent = await made.denied("/waves/v1/lightning-v3.1/get_speech/stream")
            assert sent[0]["status"] == 410
            assert json.loads(sent[1]["body"])["error_code"] == "MODEL_DEPRECATED"

    asyncio.run(asked())
