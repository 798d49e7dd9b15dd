#!/usr/bin/env python3
"""Validates the manifests beside this file, strictly; prints what is wrong and fails then.

Kubernetes' own kinds are checked against its schemas, KEDA's against the part of its schema that is
used here (scaledobject.schema.json), and what no schema can say against each other: references,
labels and selectors, and that a pod is given long enough to end.
"""
import json
import pathlib
import re
import sys

import jsonschema
import kubernetes_validate
import yaml

KUBERNETES_VERSION = "1.33"
# What a program may take to end after its drain timeout, and its longest batch, in seconds.
CANCELLATION_SECONDS = 5
BATCH_SECONDS = 5

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
folder = folder if folder.is_dir() else folder.parent
schema = json.loads((pathlib.Path(__file__).parent / "scaledobject.schema.json").read_text())
problems = []


def complain(where, what):
    problems.append(f"{where}: {what}")


def schema_problem(resource):
    """What the schema of its kind says against the resource; None when it is content."""
    try:
        if resource["apiVersion"].startswith("keda.sh/"):
            jsonschema.Draft202012Validator(schema).validate(resource)
        else:
            kubernetes_validate.validate(resource, KUBERNETES_VERSION, strict=True)
    except jsonschema.ValidationError as error:
        return f"{'.'.join(str(part) for part in error.path)}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return error.message
    return None


def read():
    """All resources by kind and name, the kustomization's list checked on the way."""
    resources = {}
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    listed = set(kustomization["resources"])
    files = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    for name in sorted(listed ^ {name for name in files if ".example." not in name}):
        complain("kustomization.yaml", f"{name} is listed or there, but not both")
    for name in sorted(files):
        for resource in yaml.safe_load_all((folder / name).read_text()):
            if not isinstance(resource, dict) or not {"apiVersion", "kind"} <= resource.keys():
                complain(name, "a document is no resource")
                continue
            what = schema_problem(resource)
            if what:
                complain(f"{name}, {resource['kind']}", what)
                continue
            resources[resource["kind"], resource["metadata"]["name"]] = resource
    return resources


def of(resources, kind):
    return {name: resource for (its, name), resource in resources.items() if its == kind}


def check_pods(resources):
    """Every pod has probes, resources and enough time to end, and refers to what there is."""
    drain = of(resources, "ConfigMap")["boxoffice"]["data"]["BOXOFFICE_DRAIN_TIMEOUT"]
    seconds = int(re.fullmatch(r"([0-9]+)s", drain)[1]) + CANCELLATION_SECONDS + BATCH_SECONDS
    for name, deployment in of(resources, "Deployment").items():
        template = deployment["spec"]["template"]
        pod = template["spec"]
        selector = deployment["spec"]["selector"]["matchLabels"]
        if not selector.items() <= template["metadata"]["labels"].items():
            complain(name, "the selector does not select the pods")
        if pod.get("terminationGracePeriodSeconds", 30) < seconds:
            complain(name, f"terminationGracePeriodSeconds must be {seconds} at least")
        for container in pod["containers"]:
            for needed in ["livenessProbe", "readinessProbe", "resources"]:
                if needed not in container:
                    complain(name, f"has no {needed}")
            ports = {port["name"] for port in container["ports"]}
            for probe in ["livenessProbe", "readinessProbe"]:
                if container.get(probe, {}).get("httpGet", {}).get("port") not in ports:
                    complain(name, f"its {probe} asks a port that it does not have")
            for source in container["envFrom"]:
                if "secretRef" in source:
                    complain(name, "has secrets in its environment; they belong into files")
                elif ("ConfigMap", source["configMapRef"]["name"]) not in resources:
                    complain(name, f"there is no ConfigMap {source['configMapRef']['name']}")


def check_secrets(resources):
    """Every pod has one Secret, of its role, in files that the settings name and its user can read."""
    settings = of(resources, "ConfigMap")["boxoffice"]["data"]
    files = {path for name, path in settings.items() if name.endswith("_FILE")}
    secrets = of(resources, "Secret")
    for name, workload in {**of(resources, "Deployment"), **of(resources, "Job")}.items():
        pod = workload["spec"]["template"]["spec"]
        mounts = [m for c in pod["containers"] for m in c.get("volumeMounts", [])]
        volumes = [v["secret"] for v in pod.get("volumes", []) if "secret" in v]
        if len(volumes) != 1 or len(mounts) != 1 or volumes[0]["secretName"] not in secrets:
            complain(name, "needs one Secret that there is, mounted once")
            continue
        keys = secrets[volumes[0]["secretName"]]["stringData"]
        unread = {f"{mounts[0]['mountPath']}/{key}" for key in keys} - files
        if unread:
            complain(name, f"no setting names {', '.join(sorted(unread))}")
        if volumes[0].get("defaultMode") != 0o440 or "fsGroup" not in pod["securityContext"]:
            complain(name, "its secrets must be readable for its group, and for nobody else")


def check_selectors(resources):
    """Services and disruption budgets are about pods that there are; scalers about deployments."""
    pods = [
        deployment["spec"]["template"]["metadata"]["labels"].items()
        for deployment in of(resources, "Deployment").values()
    ]
    selectors = [
        (name, service["spec"]["selector"]) for name, service in of(resources, "Service").items()
    ] + [
        (name, budget["spec"]["selector"]["matchLabels"])
        for name, budget in of(resources, "PodDisruptionBudget").items()
    ]
    for name, selector in selectors:
        if not any(selector.items() <= labels for labels in pods):
            complain(name, "selects no pod")
    for name, scaled in of(resources, "ScaledObject").items():
        target = scaled["spec"]["scaleTargetRef"]["name"]
        if ("Deployment", target) not in resources:
            complain(name, f"there is no Deployment {target} to scale")
        for trigger in scaled["spec"]["triggers"]:
            host = re.match(r"https?://([^:/]+)", trigger["metadata"]["url"])[1]
            if ("Service", host) not in resources:
                complain(name, f"there is no Service {host} to ask")


resources = read()
# References to what is not even valid would only be told twice.
if not problems:
    check_pods(resources)
    check_secrets(resources)
    check_selectors(resources)
for problem in problems:
    print(problem, file=sys.stderr)
if problems:
    sys.exit(1)
print(f"{len(resources)} manifests are valid for Kubernetes {KUBERNETES_VERSION}.")
