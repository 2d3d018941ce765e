#!/usr/bin/env python3
"""Holds the map of the house (docs/map.md): which folder may include which, which folder may include which library, that a kernel has its
reference, and that files stay readable. Prints one line a fault; exit 1 when there is one."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# What a folder may name in an #include, besides itself and core.
MAY_INCLUDE = {
    "core": set(),
    "tensor": set(),
    "kernels": {"tensor"},
    "autograd": {"kernels", "tensor"},
    "layers": {"autograd", "tensor"},
    "text": set(),
    "formats": {"tensor"},
    "data": {"text", "tensor"},
    "models": {"layers", "formats", "autograd", "tensor", "data"},
    "train": {"models", "data", "formats", "layers", "autograd", "tensor", "text", "kernels"},
    "infer": {"models", "data", "text", "formats", "layers", "autograd", "tensor"},
    "lab": {"train", "infer", "models", "data", "formats", "layers", "autograd", "tensor", "text", "kernels"},
    "cli": {"lab", "train", "infer", "models", "data", "formats", "layers", "autograd", "tensor", "text", "kernels"},
}
# Third-party headers and the only folders that may know them.
LIBRARIES = {
    r"^hwy/": {"kernels"},
    r"^(dnnl|oneapi/)": {"kernels"},
    r"^(immintrin|arm_neon|cuda)": {"kernels"},
    r"^omp\.h": {"core", "kernels"},
    r"^yaml-cpp/": {"core"},
    r"^nlohmann/": {"core", "text", "formats"},
    r"^(pcre2|unicode/)": {"text"},
    r"^CLI/": {"cli"},
    r"^sqlite3": {"lab"},
}
MOST_LINES = 800


def folder_of(path):
    return path.relative_to(SRC).parts[0]


def faults():
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in {".h", ".cc", ".cu"}:
            continue
        name = path.relative_to(ROOT)
        folder = folder_of(path)
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        if folder not in MAY_INCLUDE:
            yield f"{name}: src/{folder} is not on the map; add it to docs/map.md and here"
            continue
        if not lines or not lines[0].startswith("//"):
            yield f"{name}: line 1 does not say what lives here"
        if len(lines) > MOST_LINES:
            yield f"{name}: {len(lines)} lines; the most is {MOST_LINES}"
        test = path.name.endswith("_test.cc")
        for number, line in enumerate(lines, 1):
            quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            angled = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
            if quoted:
                target = quoted.group(1).split("/")[0] if "/" in quoted.group(1) else None
                if target in MAY_INCLUDE and target not in MAY_INCLUDE[folder] | {folder, "core"}:
                    yield f"{name}:{number}: src/{folder} may not include {quoted.group(1)}"
            if angled or (quoted and quoted.group(1).startswith("hwy/")):
                header = (angled or quoted).group(1)
                for pattern, allowed in LIBRARIES.items():
                    if re.match(pattern, header) and folder not in allowed and not test:
                        yield f"{name}:{number}: src/{folder} may not include <{header}>"
    for contract in sorted((SRC / "kernels").glob("*.h")):
        if re.search(r"Kernels \w+_cpu\(\);", contract.read_text(encoding="utf-8")):
            for suffix in ("_ref.h", "_test.cc"):
                beside = contract.with_name(contract.stem + suffix)
                if not beside.exists():
                    yield f"src/kernels/{contract.name}: no {beside.name} beside it"


found = list(faults())
for fault in found:
    print(fault)
print(f"{len(found)} faults in the tree")
sys.exit(bool(found))
