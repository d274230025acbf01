"""docs/configuration.md: whoever comes from TraP finds every setting again."""

import re
from pathlib import Path

from trapdb.configuration.keys import OF_THE_RUN, Configuration
from trapdb.configuration.toml_file import template

PAGE = (Path(__file__).parents[2] / "docs/configuration.md").read_text()
TRAP = PAGE.partition("## Coming from TraP")[2]

# All that TraP, Release 6, reads from its files, its environment and its commands.
SETTINGS = """
description dataset_id rms_est_sigma rms_est_fraction bandwidth_max
rms_est_history rms_est_max rms_est_min rms_rej_sigma oversampled_x elliptical_x
low_bound high_bound min_separation
detection_threshold analysis_threshold back_size_x back_size_y margin deblend_nthresh
extraction_radius_pix force_beam box_in_beampix ew_sys_err ns_sys_err expiration
deruiter_radius beamwidths_limit new_source_sigma_margin mode hosts ports
runtime_directory job_directory log_dir debug colorlog
engine database user password host port dump_backup_copy copy_images method cores
TKP_DBENGINE TKP_DBNAME TKP_DBUSER TKP_DBPASSWORD TKP_DBHOST TKP_DBPORT TKP_PARALLELISE
taustart_ts freq_eff freq_bw tau_time antenna_set subbands ncore nremote nintl subbandwidth
bmaj bmin bpa itrf_position_x itrf_position_y itrf_position_z
initproject initjob run initdb deldataset
"""


def test_every_setting_of_trap_is_found():
    found = [
        name
        for row in re.findall(r"^\|([^|]*)\|", TRAP, re.M)
        for name in re.findall(r"`(.*?)`", row)
    ]
    assert set(SETTINGS.split()) <= set(found)


def test_every_key_that_is_named_exists():
    sections = "|".join(Configuration.model_fields)
    named = set(re.findall(rf"`((?:{sections})\.\w+)`", PAGE))
    keys = {
        f"{name}.{key}"
        for name, section in Configuration.model_fields.items()
        for key in section.annotation.model_fields
    }
    assert named <= keys
    assert len(named) > 20


def test_the_template_begins_as_shown():
    shown = re.search(r"\$ head -14 survey.toml\n((?:    .*\n|\n)+?)\n\w", PAGE)[1]
    lines = [line.removeprefix("    ") for line in shown.splitlines()]
    assert lines == template().splitlines()[:14]


def test_every_section_is_told_with_who_keeps_it():
    rows = re.findall(r"^\| `\[(\w+)\]` \|.*\| (.*) \|$", PAGE, re.M)
    assert [name for name, _ in rows] == list(Configuration.model_fields)
    assert {name for name, kept in rows if kept == "no"} == OF_THE_RUN
