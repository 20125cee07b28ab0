"""What a project wishes of a workspace: its manifests, as twentysync.yaml bends them to it."""

from __future__ import annotations

from twentysync.kinds.base.resources import State
from twentysync.manifests.load import load_manifests
from twentysync.planning.address_mapping import Addresses
from twentysync.planning.member_mapping import People
from twentysync.project import Project


def wished_state(project: Project, workspace_name: str) -> State:
    """The manifests as this workspace shall be. Raises ManifestError.

    The manifests say what the source has, so for the source itself nothing is bent.
    """
    desired = load_manifests(project.manifests)
    if workspace_name == project.source:
        return desired
    return People(project.members_map).stand_ins(Addresses(project.addresses).moved(desired))
