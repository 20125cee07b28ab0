"""`twentysync verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twentysync.api import policy_of
from twentysync.cli._records import RATE, progress, slow_down
from twentysync.cli._shared import Session, shared_options
from twentysync.cli._verification import pull_evidence
from twentysync.errors import UsageError
from twentysync.project import Project
from twentysync.records.verify.last_result import keep_proof
from twentysync.records.verify.report import VerifyReport
from twentysync.records.verify.verify import verify_records
from twentysync.rendering.records_text import verify_text
from twentysync.rendering.verification_text import configuration_text, is_complete, verdict
from twentysync.runtime.lock import project_lock
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.workspace import Workspace
from twentysync.verification.last_result import keep_configuration_proof
from twentysync.verification.report import ConfigurationReport
from twentysync.verification.verify import verify_configuration

_CARRY = "`twentysync plan` and `twentysync records push` say what can still be carried"
_ACCEPT = (
    "make what stays behind by hand, or name what you can do without under `accept:` in "
    "twentysync.yaml, as in `- view company, Old*`"
)


@click.command()
@click.option("--configuration-only", is_flag=True, help="Do not compare records.")
@click.option("--records-only", is_flag=True, help="Do not compare the configuration.")
@click.option(
    "--sample", metavar="N", type=click.IntRange(1), help="Compare at most N records per object."
)
@click.option("--with-deleted", is_flag=True, help="Include records in the trash.")
@RATE
@shared_options
def verify(
    session: Session,
    configuration_only: bool,
    records_only: bool,
    sample: int | None,
    with_deleted: bool,
    rate: Rate | None,
) -> None:
    """Prove that configuration and records arrived, both sides read afresh.

    The configuration is compared by other code than that which carries it: every row and column
    that both servers answer, with names in place of ids. Between two versions, what either server
    made by itself and nobody changed is explained; what a person made or changed has to be there,
    or is named. So is what `renames`, edited manifests or notes of pull and plan account for.
    Exits with 0 if everything is equal or explained and what people made that stays behind is
    accepted in twentysync.yaml, and with 7 otherwise.

    \b
    Examples:
      twentysync verify
      twentysync verify --configuration-only --json
    """
    if configuration_only and records_only:
        raise UsageError("--configuration-only and --records-only exclude each other")
    if session.workspace is not None:
        raise UsageError("verify is about both workspaces of the project: leave --workspace out")
    project = session.project()
    with project_lock(project.state_dir, "verify"):
        source = session.connect(project, "source")
        target = session.connect(project, "target")
        slow_down(rate, source, target)
        folder = project.state_dir / "records" / target.identity.id
        configuration = None if records_only else _configuration(project, source, target, folder)
        records = None
        if not configuration_only:
            records = _records(session, project, source, target, folder, sample, with_deleted)
    _tell(session, configuration, records)


def _configuration(
    project: Project, source: Workspace, target: Workspace, folder: Path
) -> ConfigurationReport:
    report = verify_configuration(
        source,
        target,
        evidence=pull_evidence(project, source, target),
        member_map=project.members_map,
    )
    keep_configuration_proof(report, folder)
    return report


def _records(
    session: Session,
    project: Project,
    source: Workspace,
    target: Workspace,
    folder: Path,
    sample: int | None,
    with_deleted: bool,
) -> VerifyReport:
    with progress(session, "comparing") as tell:
        report = verify_records(
            source,
            target,
            policy=policy_of(project),
            state_dir=project.state_dir,
            with_deleted=with_deleted,
            sample=sample,
            progress=tell,
        )
    keep_proof(report, folder, whole=sample is None)
    return report


def _tell(
    session: Session, configuration: ConfigurationReport | None, records: VerifyReport | None
) -> None:
    """Print what was found, the sentence last; end with 7 when it is not complete."""
    complete, sentence = is_complete(configuration, records), verdict(configuration, records)
    if session.as_json:
        data: dict[str, Any] = {"complete": complete, "verdict": sentence}
        data["configuration"] = configuration.to_dict() if configuration else None
        data["records"] = records.to_dict() if records else None
        session.emit(data)
    else:
        if configuration is not None:
            session.out(configuration_text(configuration, verbose=bool(session.verbose)) + "\n")
        if records is not None:
            session.out(verify_text(records) + "\n")
        session.out(sentence)
    if complete:
        return
    what, following = "the target is not as the source", _CARRY
    if configuration is not None and configuration.unaccepted:
        what = "what people made stays behind"
        following = _ACCEPT if _is_only_left(configuration, records) else f"{_CARRY}; {_ACCEPT}"
    session.incomplete(what, following)


def _is_only_left(configuration: ConfigurationReport, records: VerifyReport | None) -> bool:
    """Whether all that keeps a proof from being complete is what stays behind."""
    whole = not configuration.differences and not configuration.unread
    return whole and is_complete(None, records)
