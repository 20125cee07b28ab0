"""The desired state: the manifests of a project, as twentysync.yaml maps them to a workspace."""

from __future__ import annotations

from twentysync.kinds.base.resources import State
from twentysync.manifests.load import load_manifests
from twentysync.planning.address_mapping import Addresses
from twentysync.planning.member_mapping import People
from twentysync.project import Project


def desired_state(project: Project, workspace_name: str) -> State:
    """What the manifests want of this workspace. Raises ManifestError.

    The manifests say what the source has, so for the source itself nothing is mapped.
    """
    desired = load_manifests(project.manifests)
    if workspace_name == project.source:
        return desired
    return People(project.members_map).stand_ins(Addresses(project.addresses).moved(desired))
