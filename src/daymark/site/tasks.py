"""What the worker does by the clock. Each task looks at the state of things, so a run that is
missed, or done twice, changes nothing. Seconds are the last of six fields."""

from base64 import b64decode

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from daymark.agencies.session_store import SessionStore
from daymark.audit import actions as audit
from daymark.concerns import actions as concerns
from daymark.concerns import scanning
from daymark.insight.actions import counts, estimations
from daymark.vault import queries as vault


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="open_arrivals", lock="open_arrivals")
def open_arrivals(timestamp: int) -> None:
    """Open what the public door took in and lay it on the desks; none of them closed."""
    now = timezone.now()
    with vault.keys_in_hand():
        concerns.arrivals.open_arrivals(now=now)
    concerns.closing.bring_along(now=now)


_bench = estimations.Bench()


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="tend_estimations", lock="tend_estimations")
def tend_estimations(timestamp: int) -> None:
    """Begin, follow and take down estimations; each is a process of its own beside the worker."""
    estimations.tend(_bench, now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="escalate", lock="escalate")
def escalate(timestamp: int) -> None:
    """Tell supervisors of what lies past its clock."""
    concerns.overdue.escalate(now=timezone.now())


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="retry_arrivals")
def retry_arrivals(timestamp: int) -> None:
    """Try again each hour what could not be opened."""
    concerns.arrivals.retry_arrivals()
    concerns.files.retry_parcels()


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="make_copies", lock="make_copies")
def make_copies(timestamp: int) -> None:
    """Bring files under the keys of their concerns, and make the copies that members look at."""
    scan = scanning.clamd(settings.CLAMD) if settings.CLAMD else scanning.nothing
    with vault.keys_in_hand():
        concerns.files.open_parcels()
        concerns.files.make_copies(now=timezone.now(), scan=scan)


@app.periodic(cron="47 * * * *")
@app.task(queueing_lock="let_files_go")
def let_files_go(timestamp: int) -> None:
    """Delete what was attached and never sent."""
    concerns.files.let_go(now=timezone.now())


@app.periodic(cron="47 * * * *")
@app.task(queueing_lock="let_drafts_go")
def let_drafts_go(timestamp: int) -> None:
    """Delete what members typed, never sent and left for long."""
    concerns.drafts.let_go(now=timezone.now())


@app.periodic(cron="47 * * * *")
@app.task(queueing_lock="count_months", lock="count_months")
def count_months(timestamp: int) -> None:
    """Count the months that are over, then the views that wait for one."""
    now = timezone.now()
    counts.count_months(now=now)
    counts.run_schedules(now=now)


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="clear_sessions")
def clear_sessions(timestamp: int) -> None:
    """Forget sessions that have ended."""
    SessionStore.clear_expired()


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="link_heads", lock="link_heads")
def link_heads(timestamp: int) -> None:
    """Sign the new ends of the audit chains into the global one."""
    audit.link_heads(at=timezone.now(), signing_key=b64decode(settings.AUDIT_KEY))


@app.periodic(cron="* * * * * 30")
@app.task(queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: object, timestamp: int) -> None:
    """Give jobs back whose worker died in the middle of them."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)
