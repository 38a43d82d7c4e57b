"""Calling the relief: one run of the watch's deployment for each fence, however often it is asked for."""

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun

from flows.deployments import WATCH


class ReliefCall:
    """Remembers what was asked for, so that a relief that came to nothing is asked for anew, under a new key."""

    def __init__(self) -> None:
        self._fence: int | None = None
        self._attempt = 0

    async def make(self, fence: int | None) -> None:
        """Ask for a relief behind `fence`; nothing when it is None. Safe to repeat."""
        if fence is None:
            return
        if fence != self._fence:
            self._fence, self._attempt = fence, 0
        async with get_client() as client:
            run = await ask(client, f"relief-{fence}-{self._attempt}", name=f"relief behind fence {fence}")
        if run.state is not None and run.state.is_final():
            self._attempt += 1


async def ask(client: PrefectClient, key: str, *, name: str) -> FlowRun:
    """The run of the watch's deployment under this idempotency key, made now or known already."""
    deployment = await client.read_deployment_by_name(WATCH)
    return await client.create_flow_run_from_deployment(deployment.id, idempotency_key=key, name=name)
