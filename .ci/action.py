"""Runs the steps of action.yml that are scripts, as GitHub's runner does: inputs and outputs put in,
files for what steps hand on. Steps that use another action are named and left out.

    python action.py ACTION_FOLDER TEMPORARY_FOLDER NAME=VALUE...

Prints the outputs of the action as NAME=VALUE, and ends as the first step that fails, or with 0.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml


def main() -> int:
    action, temporary = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    given = dict(pair.split("=", 1) for pair in sys.argv[3:])
    manifest = yaml.safe_load((action / "action.yml").read_text())
    unknown = given.keys() - manifest["inputs"].keys()
    assert not unknown, f"the action takes no {unknown}"
    inputs = {name: given.get(name, one.get("default", "")) for name, one in manifest["inputs"].items()}
    outputs: dict[str, str] = {}

    def filled(text: str) -> str:
        def value(match: re.Match) -> str:
            name = match[1]
            if name.startswith("inputs."):
                return inputs[name.removeprefix("inputs.")]
            step, output = re.fullmatch(r"steps\.([\w-]+)\.outputs\.([\w-]+)", name).groups()
            return outputs.get(f"{step}.{output}", "")

        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", value, str(text))

    temporary.mkdir(parents=True, exist_ok=True)
    path, summary = os.environ["PATH"], temporary / "summary.md"
    code = 0
    for number, step in enumerate(manifest["runs"]["steps"]):
        if "uses" in step:
            print(f"left out: {step['uses']}", file=sys.stderr)
            continue
        files = {name: temporary / f"{name}-{number}" for name in ("GITHUB_PATH", "GITHUB_OUTPUT")}
        for file in files.values():
            file.touch()
        environment = {
            **os.environ,
            **{name: filled(value) for name, value in step.get("env", {}).items()},
            **{name: str(file) for name, file in files.items()},
            "PATH": path,
            "RUNNER_TEMP": str(temporary),
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_STEP_SUMMARY": str(summary),
        }
        folder = filled(step.get("working-directory", "."))
        # As the runner starts `shell: bash`.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        code = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
        for line in files["GITHUB_PATH"].read_text().splitlines():
            path = f"{line}{os.pathsep}{path}"
        for line in files["GITHUB_OUTPUT"].read_text().splitlines():
            name, value = line.split("=", 1)
            outputs[f"{step['id']}.{name}"] = value
        if code != 0:
            break
    for name, one in manifest["outputs"].items():
        print(f"{name}={filled(one['value'])}")
    return code


sys.exit(main())
