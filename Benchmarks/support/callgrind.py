"""What a program costs in instructions, function by function, by callgrind."""
import re
import shutil
import subprocess

SECONDS_LIMIT = 600


def count(command, output):
    """Runs a program under callgrind; instructions of each function itself. `output`: where callgrind may write."""
    subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}", *map(str, command)], check=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_LIMIT)
    return _self_costs(output)


def demangled(names):
    """Readable names of functions, by name."""
    swift = shutil.which("swift")
    if not swift or not names:
        return {name: name for name in names}
    output = subprocess.run(
        [swift, "demangle", "--simplified", "--compact"], input="\n".join(names), capture_output=True, text=True
    ).stdout.splitlines()
    return dict(zip(names, output))


def _self_costs(path):
    names, costs, function, is_call_cost = {}, {}, None, False
    for line in path.read_text(errors="replace").splitlines():
        if match := re.match(r"(c?)fn=\((\d+)\)(?: (.*))?", line):
            is_callee, number, name = match.groups()
            if name:
                names[number] = name
            if not is_callee:
                function = number
        elif line.startswith("calls="):
            is_call_cost = True
        elif line[:1].isdigit() or line.startswith(("+", "-", "*")):
            if is_call_cost:
                is_call_cost = False
            elif function is not None:
                # A cost of 0 isn't written.
                _, *cost = line.split()
                costs[function] = costs.get(function, 0) + (int(cost[0]) if cost else 0)
    by_name = {}
    for function, cost in costs.items():
        name = re.sub(r"'\d+$", "", names[function])
        by_name[name] = by_name.get(name, 0) + cost
    return by_name
