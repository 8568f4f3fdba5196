# What the config has and `selected` has not: asked for, it is a line that says how to have it. Makes nothing.

UNSELECTED = dag.unselected(study)

if UNSELECTED:

    rule unselected:
        """Say why a target is not made."""
        input:
            lambda wildcards: refuse(wildcards.target, UNSELECTED),
        output:
            "{target}",
        wildcard_constraints:
            target="|".join(UNSELECTED),
