#!/usr/bin/env python3
"""Writes a made-up collection for the benchmarks: `corpus.py COUNT FOLDER`.

Every page is 6 to 9 KB, about half of it code, with its own words, so that nothing is cached that a real collection
would not share. The same COUNT gives the same bytes.
"""

import pathlib
import random
import sys

AREAS = ["deploy", "incident", "health", "backup", "scaling", "security", "database", "network"]
WORDS = (
    "pod node shard replica queue broker ledger cache index token quota probe lease tunnel gateway router volume "
    "snapshot cursor segment worker budget window latency error restart rollback failover drain rotate compact"
).split()


def name(rng):
    return f"{rng.choice(WORDS)}-{rng.choice(WORDS)}-{rng.randrange(10_000)}"


def prose(rng, sentences):
    lines = []
    for _ in range(sentences):
        words = [rng.choice(WORDS) for _ in range(rng.randrange(8, 16))]
        words[rng.randrange(len(words))] = f"`{name(rng)}`"
        lines.append(" ".join(words).capitalize() + ".")
    return " ".join(lines)


def shell(rng):
    service, namespace = name(rng), name(rng)
    return (
        f"# look at {service} before anything else\n"
        f"NS={namespace}\n"
        f'kubectl -n "$NS" get pods -l app={service} --sort-by=.status.startTime\n'
        f'kubectl -n "$NS" logs deployment/{service} --tail={rng.randrange(50, 500)} | grep -iE "error|timeout" | sort | uniq -c\n'
        f'for pod in $(kubectl -n "$NS" get pods -o name); do echo "$pod"; done\n'
    )


def manifest(rng):
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name(rng)}\n  namespace: {name(rng)}\n"
        f"spec:\n  replicas: {rng.randrange(2, 9)}\n"
    )


def section(rng, number):
    text = [f"## {number}. {rng.choice(WORDS).capitalize()} {name(rng)}\n", prose(rng, 4) + "\n"]
    text.append(f"```bash\n{shell(rng)}```\n")
    text.append("\n".join(f"- [ ] {prose(rng, 1)}" for _ in range(3)) + "\n")
    text.append(f"```yaml\n{manifest(rng)}```\n")
    text.append(f"| signal | warning | critical |\n| --- | --- | --- |\n| {name(rng)} | 80 % | 95 % |\n")
    return "\n".join(text)


def page(rng, area):
    head = f"---\nseverity: P{rng.randrange(4)}\nservice: {rng.choice(WORDS)}\nowner: team-{rng.randrange(12)}\ntags: [{area}]\n---\n"
    sections = "\n".join(section(rng, number) for number in range(1, rng.randrange(5, 8)))
    return f"{head}\n# {rng.choice(WORDS).capitalize()} {name(rng)}\n\n{prose(rng, 5)}\n\n{sections}"


def main():
    count, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    for number in range(count):
        rng = random.Random(number)
        area = AREAS[number % len(AREAS)]
        path = folder / "content" / area / f"group-{number // 200}" / f"page-{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(rng, area))


main()
