"""Makes an agent ready and prints their calls as they come: python docs/client.py URL TOKEN AGENT PHONE."""

import asyncio
import sys

import aiohttp


async def main(url: str, token: str, agent: str, phone: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"{url}/api/v1/", headers=headers) as api:
        for request, body in ("login", {"phone": phone}), ("ready", {}):
            async with api.post(f"agents/{agent}/{request}", json=body) as answer:
                told = await answer.json()
                if answer.status >= 400:
                    sys.exit(f"{told['error_id']}: {told['message']}; {told['remedy']}")
                print(f"agent {agent} is {told['state']}", flush=True)
        seen = None
        while True:  # resumes where it was cut off: nothing is missed, nothing comes twice
            after = {} if seen is None else {"after": seen}
            async with api.ws_connect("events", params={"agents": agent, **after}) as stream:
                async for message in stream:
                    seen = message.json()["seq"]
                    for recorded in message.json()["events"]:
                        event = recorded["event"]
                        if "call" in event:
                            print(recorded["at"], event["call"], event["type"], flush=True)
            await asyncio.sleep(1)


asyncio.run(main(*sys.argv[1:]))
