"""Small portfolios for tests: rows as people really write them, clean and dirty."""

import csv
import gzip
from pathlib import Path

HEADERS = {
    "features": "dataset,feature_id,title,owner_team,created,phase,status_native,ended,extra",
    "phase_events": "dataset,feature_id,date,field,from,to,phase_before,phase_after,decision,source",
    "investment": "dataset,feature_id,month,commits,lines_added,lines_deleted,files_touched,distinct_authors,"
    "fix_commits,bulk_commits,bulk_lines",
    "assessments": "dataset,feature_id,stage_assessed,date,result,reassessment_date,reassessment_result,service_id",
    "criteria": "dataset,feature_id,stage_assessed,criterion,result",
}
U, N = "sig-node/127-userns", "sig-cli/9-never"
FEATURES = [
    [
        "kep",
        "sig-node/127-userns",
        "User namespaces",
        "sig-node",
        "2022-02-01",
        "Maintain It",
        "implemented/stable",
        "",
        "{}",
    ],
    [
        "kep",
        "sig-cli/9-never",
        "Never left alpha",
        "sig-cli",
        "2022-06-23",
        "Killed",
        "withdrawn/alpha",
        "2024-10-05",
        "{}",
    ],
    ["rails", "active_job", "active_job", "active_job", "2014-08", "Maintain It", "alive", "", "{}"],
]
EVENTS = [
    ["kep", U, "2022-03-08", "status", "", "provisional", "", "Think It", "propose", "aaa"],
    ["kep", U, "2022-06-09", "status", "provisional", "implementable", "Think It", "Build It", "advance", "bbb"],
    ["kep", U, "2022-06-09", "stage", "", "alpha", "Think It", "Build It", "advance", "bbb"],
    ["kep", U, "2022-06-09", "milestone.alpha", "", "v1.25", "Think It", "Build It", "advance", "bbb"],
    ["kep", U, "2023-02-07", "latest-milestone", "v1.25", "v1.27", "Build It", "Build It", "iterate", "ccc"],
    ["kep", U, "2023-02-08", "milestone.beta", "", "x.y", "Build It", "Build It", "edit", "cce"],
    ["kep", U, "2024-02-08", "stage", "alpha", "beta", "Build It", "Ship It", "advance", "ddd"],
    ["kep", U, "2024-06-08", "stage", "beta", "alpha", "Ship It", "Build It", "step_back", "eee"],
    ["kep", U, "2026-02-05", "stage", "alpha", "stable", "Build It", "Tweak It", "advance", "fff"],
    ["kep", U, "2026-03-24", "status", "implementable", "implemented", "Tweak It", "Maintain It", "advance", "ggg"],
    ["kep", N, "2022-06-23", "status", "", "implementable", "", "Build It", "propose", "hhh"],
    ["kep", N, "2023-06-23", "milestone.alpha", "v1", "v2", "Build It", "Build It", "iterate", "iii"],
    ["kep", N, "2023-06-23", "milestone.alpha", "v2", "v3", "Build It", "Build It", "iterate", "jjj"],
    ["kep", N, "2024-10-05", "status", "implementable", "withdrawn", "Build It", "Killed", "kill", "kkk"],
    ["rails", "active_job", "2014-08-01", "code", "", "first commit", "", "Build It", "propose", "git"],
    ["rails", "active_job", "2014-12-20", "release", "", "v4.2.0", "Build It", "Ship It", "advance", "tag"],
]  # fmt: skip
INVESTMENT = [
    ["kep", U, "2022-02", "4", "1", "1", "1", "1", "0", "1", "9"],
    ["kep", U, "2024-03", "2", "1", "1", "1", "1", "0", "0", "0"],
    ["rails", "active_job", "2014-08", "7", "1", "1", "1", "1", "0", "0", "0"],
]


def write(folder: Path, *, features=FEATURES, events=EVENTS, investment=INVESTMENT, gz: bool = False) -> Path:
    for name, rows in (("features", features), ("phase_events", events), ("investment", investment)):
        path = folder / f"{name}.csv{'.gz' if gz else ''}"
        with gzip.open(path, "wt", newline="") if gz else path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS[name].split(","))
            writer.writerows(rows)
    return folder


def assessed(folder: Path, *, assessments=None, criteria=None, prefix: str = "") -> Path:
    """The folder with assessments and their criteria; None leaves a file out."""
    for name, rows in (("assessments", assessments), ("criteria", criteria)):
        if rows is not None:
            with (folder / f"{prefix}{name}.csv").open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(HEADERS[name].split(","))
                writer.writerows(rows)
    return folder
