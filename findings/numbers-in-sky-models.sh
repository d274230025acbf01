#!/bin/sh
# LSMTool 1.9.0, DP3 6.6.0: in a LOFAR sky model, a position that is a number without a unit is in degrees to one and in
# radians to the other. LSMTool writes such a model again with hours and degrees, as it understood it.
#
# One would guess otherwise: both are programs of the same telescope for the same format, pipelines let one filter what the
# other predicts, and what stands between colons or dots is the same to both. A number below 2 pi and pi / 2 is accepted by
# both without a word; a larger one by LSMTool only.
#
# Seen (Python 3.11):
#   Ra 2.0, Dec 0.5
#   LSMTool: 2.0000 0.5000 deg
#   DP3 has a source at 2.0000 0.5000 deg: False
#   DP3 has a source at 114.5916 28.6479 deg: True
#   written by LSMTool: 0:08:00, 0.30.00
#
# What depends on it: a number alone is refused, test_reference_command.py, test_a_sky_model_with_a_mistake.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check lsmtool==1.9.0 dp3==6.6.0 astropy==8.0.2 numpy==2.4.6

cat >plain.skymodel <<'EOF'
FORMAT = Name, Type, Ra, Dec, I, ReferenceFrequency='150e6'
a, POINT, 2.0, 0.5, 1
EOF

venv/bin/python -W ignore - 2>/dev/null <<'EOF'
import lsmtool

model = lsmtool.load("plain.skymodel")
ra, dec = (float(model.table[name][0]) for name in ("Ra", "Dec"))
print("Ra 2.0, Dec 0.5")
print(f"LSMTool: {ra:.4f} {dec:.4f} deg")
assert (round(ra, 9), round(dec, 9)) == (2.0, 0.5)
model.write("again.skymodel")
EOF

venv/bin/python - <<'EOF'
import dp3
import numpy as np
from dp3.parameterset import ParameterSet
from dp3.steps import QueueOutput


def is_there(ra, dec):
    """Return whether the source has no phase on 1000 m to the east and to the north of this centre."""
    settings = ParameterSet()
    settings.add("sourcedb", "plain.skymodel")
    step = dp3.make_step("predict", settings, "", dp3.MsType.regular)
    last = QueueOutput(settings, "")
    step.set_next_step(last)
    info = dp3.DPInfo(4)
    places = [[3826577.0 + 1000 * number, 461022.0, 5064892.0] for number in range(3)]
    info.set_antennas(["a", "b", "c"], [1.0] * 3, places, [0, 0], [1, 2])
    info.set_channels([150e6], [1e5])
    info.set_times(4.9e9, 4.9e9, 1.0)
    info.phase_center = [np.radians(ra), np.radians(dec)]
    step.set_info(info)
    buffer = dp3.DPBuffer()
    buffer.set_time(4.9e9)
    buffer.set_weights(np.ones((2, 1, 4), np.float32))
    buffer.set_flags(np.zeros((2, 1, 4), bool))
    buffer.set_uvw(np.array([[1000.0, 0, 0], [0, 1000.0, 0]]))
    buffer.set_data(np.zeros((2, 1, 4), np.complex64))
    step.process(buffer)
    step.finish()
    done = last.queue.get()  # its data live as long as it does
    return bool(np.allclose(np.array(done.get_data())[:, 0, 0], 1.0, atol=1e-4))


here = (2.0, 0.5)
there = tuple(np.degrees(here))
for ra, dec in (here, there):
    print(f"DP3 has a source at {ra:.4f} {dec:.4f} deg: {is_there(ra, dec)}")
assert is_there(*there) and not is_there(*here)
EOF
written=$(tail -n 1 again.skymodel | cut -d, -f3,4)
echo "written by LSMTool:$written"
test "$written" = " 0:08:00, 0.30.00"
