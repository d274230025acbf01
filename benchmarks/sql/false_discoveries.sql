select count(*)::integer as listed
from trap.false_alarm(%(dataset)s, %(fdr)s);
