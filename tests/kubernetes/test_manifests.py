"""What `kubectl apply -k` would send: valid, hardened, and in step with the settings and addresses of the service."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml

from operations.settings import PREFIX, Settings
from tests.conftest import DEADLINE_S, ROOT
from tests.kubernetes.conftest import PORT, Split

pytestmark = pytest.mark.slow
OVERLAYS = sorted(path.name for path in (ROOT / "kubernetes" / "overlays").iterdir())
COMPONENT = "app.kubernetes.io/component"
Manifest = dict[str, Any]
every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@cache
def manifests(overlay: str) -> list[Manifest]:
    """The documents that Kustomize makes of an overlay."""
    program = [str(Path(sys.executable).with_name("kubectl")), "kustomize", str(ROOT / "kubernetes/overlays" / overlay)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return list(yaml.safe_load_all(done.stdout))


def kind(overlay: str, name: str) -> dict[str, Manifest]:
    """The overlay's manifests of one kind by their names."""
    return {each["metadata"]["name"]: each for each in manifests(overlay) if each["kind"] == name}


def servers(overlay: str) -> Iterator[tuple[str, Manifest, Manifest]]:
    """Name, pod and container of each Deployment; a sidecar would have to be looked at too."""
    for name, deployment in kind(overlay, "Deployment").items():
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert "initContainers" not in pod
        yield name, pod, container


@every_overlay
def test_kubernetes_takes_every_manifest(overlay: str) -> None:
    """A field that is misspelt is dropped without a word by a server that does not validate."""
    for manifest in manifests(overlay):
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
    elsewhere = [each for each in manifests(overlay) if each["metadata"].get("namespace") != "product-descriptions"]
    assert [each["kind"] for each in elsewhere] == ["Namespace"]


def test_a_misspelt_field_is_found() -> None:
    """The check above would be worth nothing if it let everything pass."""
    manifest = yaml.safe_load((ROOT / "kubernetes" / "base" / "namespace.yaml").read_text())
    manifest["metadata"]["lables"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


@every_overlay
def test_containers_run_as_the_image_is_meant_to(overlay: str) -> None:
    """As user 1000, on a read-only root, with nothing that could raise its rights, and with bounded memory."""
    for _, pod, container in servers(overlay):
        user = {"runAsNonRoot": True, "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000}
        assert pod["securityContext"] == {**user, "seccompProfile": {"type": "RuntimeDefault"}}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False
        assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/tmp"]  # noqa: S108
        assert [set(volume) for volume in pod["volumes"]] == [{"name", "emptyDir"}]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
        resources = container["resources"]
        assert {"cpu", "memory"} <= set(resources["requests"]) & set(resources["limits"])
        assert re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", container["image"])


@every_overlay
def test_pods_end_only_after_their_requests(overlay: str) -> None:
    """A grace period shorter than the server's own would kill requests that it still answers."""
    template = (ROOT / "container" / "Dockerfile.j2").read_text()
    (graceful,) = re.findall(r'"--timeout-graceful-shutdown", "(\d+)"', template)
    for _, pod, container in servers(overlay):
        assert "command" not in container, "it would take the place of the image's own"
        before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] > int(graceful) + before


def environment(overlay: str, pod: Manifest, container: Manifest) -> dict[str, str]:
    """The variables that the server sees."""
    maps = kind(overlay, "ConfigMap")
    variables = {}
    for source in container["envFrom"]:
        variables.update(maps[source["configMapRef"]["name"]]["data"])
    for entry in container.get("env", []):
        if "value" in entry:
            variables[entry["name"]] = entry["value"]
        else:  # whole CPUs, rounded up
            assert entry["valueFrom"] == {"resourceFieldRef": {"resource": "limits.cpu"}}
            variables[entry["name"]] = container["resources"]["limits"]["cpu"]
    assert pod["enableServiceLinks"] is False, "links would add variables of their own"
    return variables


@every_overlay
def test_pods_have_settings_that_exist_and_find_each_other(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that no setting reads changes nothing, and nobody is told."""
    services, deployments = kind(overlay, "Service"), kind(overlay, "Deployment")
    seen = {}
    for name, pod, container in servers(overlay):
        variables = environment(overlay, pod, container)
        assert {variable.removeprefix(PREFIX).lower() for variable in variables} <= set(Settings.model_fields)
        with monkeypatch.context() as patch:
            for variable, value in variables.items():
                patch.setenv(variable, value)
            seen[name] = Settings()
        assert seen[name].serve == ("" if name == "public" else name)
    called = {name for name, address in seen["public"].addresses.items() if address}
    assert called | {"public"} == set(deployments)
    assert seen["public"].pictures is ("image" in called)
    for name in called:
        (port,) = services[name]["spec"]["ports"]
        assert seen["public"].addresses[name] == f"http://{name}:{port['port']}"
    for name, service in services.items():
        template = deployments[name]["spec"]["template"]
        assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
        assert {COMPONENT: name} == service["spec"]["selector"]
        (port,), (opened,) = service["spec"]["ports"], template["spec"]["containers"][0]["ports"]
        assert (port["targetPort"], opened["containerPort"]) == (opened["name"], PORT)


@every_overlay
def test_every_probe_is_answered_by_a_real_server(overlay: str, split: Split) -> None:
    """A probe of an address that is not there restarts healthy pods for ever."""
    hosts = {"public": "public-1", "text": "text-1", "vision": "vision-1", "image": "vision-1"}
    for name, _, container in servers(overlay):
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            get = container[probe]["httpGet"]
            assert get["port"] == "http"
            answer = httpx.get(split.url(hosts[name]) + get["path"], timeout=DEADLINE_S)
            assert answer.status_code == 200


def selects(selector: Manifest, component: str) -> bool:
    """Whether a pod selector means the pods of this component."""
    labels = {COMPONENT: component}
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def allowed(overlay: str, direction: str, here: str, there: str) -> bool:
    """Whether the policies let pods of `here` speak with those of `there` in the namespace."""
    policies = [each["spec"] for each in kind(overlay, "NetworkPolicy").values()]
    mine = [spec for spec in policies if selects(spec["podSelector"], here) and direction in spec["policyTypes"]]
    side = "from" if direction == "Ingress" else "to"
    rules = [rule for spec in mine for rule in spec.get(direction.lower(), [])]
    assert all([port["port"] for port in rule["ports"]] in (["http"], [53, 53]) for rule in rules)
    return not mine or any(
        side not in rule
        or any("namespaceSelector" not in peer and selects(peer["podSelector"], there) for peer in rule[side])
        for rule in rules
    )


@every_overlay
def test_only_the_public_service_reaches_runners(overlay: str) -> None:
    """Runners check little of what they are sent, so nobody else may send it; and they call nobody."""
    names = ["public", "text", "vision", "image"]
    ways = {
        (source, target)
        for source in (*names, "another pod of the namespace")
        for target in names
        if allowed(overlay, "Egress", source, target) and allowed(overlay, "Ingress", target, source)
    }
    assert ways == {("public", runner) for runner in ("text", "vision", "image")}
    policies = kind(overlay, "NetworkPolicy")
    outside = [name for name, each in policies.items() if "namespaceSelector" in str(each) or "ipBlock" in str(each)]
    assert outside == ["public-to-dns"], "the one way out of the namespace"
    assert policies["default-deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@every_overlay
def test_every_deployment_keeps_pods_while_nodes_are_emptied(overlay: str) -> None:
    """Without a budget the drain of a node may take all replicas at once."""
    budgets = kind(overlay, "PodDisruptionBudget")
    assert set(budgets) == set(kind(overlay, "Deployment"))
    for name, budget in budgets.items():
        assert budget["spec"] == {"maxUnavailable": 1, "selector": {"matchLabels": {COMPONENT: name}}}


def test_an_autoscaled_deployment_has_no_number_of_its_own() -> None:
    """A number would be set back with every deployment, in the middle of the load."""
    deployments = kind("scaled", "Deployment")
    scalers = kind("scaled", "HorizontalPodAutoscaler")
    assert set(scalers) == {"text", "vision"}
    assert {name for name, each in deployments.items() if "replicas" not in each["spec"]} == set(scalers)
    assert all(each["spec"]["scaleTargetRef"]["name"] == name for name, each in scalers.items())


def test_the_gpu_overlay_asks_for_gpus_where_they_help() -> None:
    """A pod that does not ask for a GPU sees none, and its model runs on the CPU."""
    asking = {
        name for name, _, container in servers("gpu") if container["resources"]["limits"].get("nvidia.com/gpu") == "1"
    }
    assert asking == {"text", "image"}
