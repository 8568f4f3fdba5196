"""A real SLURM on this one host, from Debian's packages, for as long as a test needs it.

    python -m tests.cluster.slurm up         prints the line that the shell must `eval` to talk to it
    python -m tests.cluster.slurm down       ends every daemon and job of it and removes its folder

    python -m tests.cluster.slurm up --cpu-partition batch --gpu-partition accel --gpu-type h200 --no-accounting

Two GPU nodes and two CPU nodes, each a slurmd of its own on a port of its own. Configuration, spool, sockets, logs, keys and
the accounting database lie under one folder and nothing in /etc: clients need SLURM_CONF, and an srun that keeps it.
Fake GPUs are character devices (copies of /dev/null): SLURM gives them out, nothing can be computed on them.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGES = ["slurm-wlm", "munge"]
ACCOUNTING_PACKAGES = ["slurmdbd", "mariadb-server"]

# Debian keeps daemons where not every user's PATH looks.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

# The environment variable by which a daemon, and what it started, is known as this cluster's.
MARK = "REVERSAL_TEST_CLUSTER"

# A folder for each clone: what a killed run left is found and cleared by the next, and no other clone's is touched.
# Short, as a socket's path holds 107 bytes at most.
FOLDER = f"{tempfile.gettempdir()}/slurm-{zlib.crc32(str(Path(__file__).resolve()).encode()):08x}"

SECONDS_TO_START = 60
SECONDS_TO_STOP = 15

GPU_NODES = ["gpu0", "gpu1"]
CPU_NODES = ["cpu0", "cpu1"]


class ClusterError(Exception):
    """The cluster could not be brought up; the message says what to look at."""


@dataclass(frozen=True)
class Settings:
    """What a cluster is called and what it has."""

    folder: str = FOLDER
    cpu_partition: str = "cpu"
    gpu_partition: str = "gpu"
    gpu_type: str = "fake"
    gpus: int = 2  # of a node
    accounting: bool = True

    @property
    def path(self) -> Path:
        return Path(self.folder)


SLURM_CONF = """\
ClusterName=reversal
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
# Without systemd and cgroups: processes are followed by their parents, memory by polling.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# Nodes are what this file says, not what the host has.
SlurmdParameters=config_overrides
ReturnToService=2
GresTypes=gpu
# A job over its memory is killed within seconds.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill
JobAcctGatherFrequency=task=1
# Finished jobs stay in squeue long enough for every test to see them, and a job over its time goes at once.
MinJobAge=3600
KillWait=5
OverTimeLimit=0
SchedulerParameters=sched_interval=2,batch_sched_delay=0
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdSpoolDir={folder}/spool.%n
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmdLogFile={folder}/slurmd.%n.log
{accounting}
{nodes}
PartitionName={cpu_partition} Nodes={cpu_nodes} Default=YES MaxTime=1-0 State=UP
PartitionName={gpu_partition} Nodes={gpu_nodes} MaxTime=1-0 State=UP
"""

WITH_ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={accountant}
# Not a password: where slurmdbd's own clients (sacct, sacctmgr) look for munge.
AccountingStoragePass={folder}/munge.socket
AccountingStoreFlags=job_comment
AccountingStorageTRES=gres/gpu"""

SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={accountant}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
"""


# The plugin's job step takes every SLURM_… out of the environment before it calls srun, SLURM_CONF too.
SRUN = """\
#!/bin/sh
SLURM_CONF={folder}/slurm.conf exec /usr/bin/srun "$@"
"""


def up(settings: Settings = Settings()) -> dict[str, str]:
    """Bring the cluster up, anew if there is one or the remains of one. Returns the environment that its clients need.

    Raises:
        ClusterError: this is not root on Debian, a package cannot be had, or a daemon does not answer in time.
    """
    if reason := impossible():
        raise ClusterError(reason)
    install(PACKAGES + ACCOUNTING_PACKAGES * settings.accounting)
    down(settings)
    folder = settings.path
    for name in ("state", "database", *(f"spool.{node}" for node in GPU_NODES + CPU_NODES)):
        (folder / name).mkdir(parents=True)
    (folder / "settings.json").write_text(json.dumps(asdict(settings)), encoding="utf-8")
    try:
        configure(settings)
        start_munge(settings)
        if settings.accounting:
            start_accounting(settings)
        start_controller(settings)
        for node in GPU_NODES + CPU_NODES:
            daemon(settings, "slurmd", "-D", "-N", node)
        wait_until(lambda: states(settings) == {"idle"}, "the nodes", settings)
    except BaseException:
        kill_everything(settings)  # the folder stays, for its logs
        raise
    return client_environment(settings)


def down(settings: Settings = Settings()) -> None:
    """End every job and daemon of the cluster, whatever state it is in, and remove its folder."""
    if not settings.path.exists():
        return
    kill_everything(settings)
    shutil.rmtree(settings.path)


def restart_controller(settings: Settings) -> None:
    """Stop slurmctld as an administrator does, its state saved, and start it again."""
    stop([int((settings.path / "slurmctld.pid").read_text())])
    start_controller(settings)


@contextmanager
def cluster(settings: Settings) -> Iterator[dict[str, str]]:
    """The cluster for the length of a `with`; gives the environment that its clients need."""
    try:
        yield up(settings)
    finally:
        down(settings)


def impossible() -> str | None:
    """Why there can be no cluster here, in one line; None if there can."""
    if not Path("/etc/debian_version").exists():
        return "a SLURM for tests is made from Debian's packages, and this is no Debian"
    if os.geteuid() != 0:
        return "SLURM's daemons run jobs as their owners, which takes root"
    return None


def install(packages: list[str]) -> None:
    """Have Debian's packages installed, without the ones that they recommend."""
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *packages]
    listed = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    missing = [name for name in packages if f"{name} installed" not in listed]
    if not missing:
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": PATH}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", "--quiet", *command],
            env=quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise ClusterError(f"apt-get cannot install {', '.join(missing)}: {done.stderr.strip().splitlines()[-1:]}")


def configure(settings: Settings) -> None:
    """Write what the daemons read, and make the fake GPUs."""
    controller, accountant, *ports = free_ports(2 + len(GPU_NODES) + len(CPU_NODES))
    gpus = [str(settings.path / f"gpu{number}") for number in range(settings.gpus)]
    for device in gpus:
        os.mknod(
            device, 0o20666, os.makedev(1, 3)
        )  # a type with Count= alone makes a node invalid: it must have a file
    nodes = [
        f"NodeName={node} NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 Port={port} CPUs=4 RealMemory=32000"
        + (f" Gres=gpu:{settings.gpu_type}:{settings.gpus}" if node in GPU_NODES else "")
        for node, port in zip(GPU_NODES + CPU_NODES, ports, strict=True)
    ]
    words = {
        **asdict(settings),
        "host": socket.gethostname(),
        "controller": controller,
        "accountant": accountant,
        "nodes": "\n".join(nodes),
        "cpu_nodes": ",".join(CPU_NODES),
        "gpu_nodes": ",".join(GPU_NODES),
        "accounting": "AccountingStorageType=accounting_storage/none",
    }
    if settings.accounting:
        words["accounting"] = WITH_ACCOUNTING.format(**words)
        private = settings.path / "slurmdbd.conf"
        private.write_text(SLURMDBD_CONF.format(**words), encoding="utf-8")
        private.chmod(0o600)  # slurmdbd refuses any other
    srun = settings.path / "bin" / "srun"
    srun.parent.mkdir()
    srun.write_text(SRUN.format(**words), encoding="utf-8")
    srun.chmod(0o755)
    (settings.path / "slurm.conf").write_text(SLURM_CONF.format(**words), encoding="utf-8")
    (settings.path / "gres.conf").write_text(
        "".join(
            f"NodeName={node} Name=gpu Type={settings.gpu_type} File={device}\n"
            for node in GPU_NODES
            for device in gpus
        ),
        encoding="utf-8",
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start_munge(settings: Settings) -> None:
    """Start the authentication service with a key and a socket of its own."""
    folder = settings.path
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    names = {
        name: str(folder / f"munge.{name.split('-')[0]}")
        for name in ("socket", "key-file", "pid-file", "log-file", "seed-file")
    }
    # --force: the folder above belongs to all users of the machine (/tmp), which munge would not have.
    daemon(settings, "munged", "--foreground", "--force", *(f"--{name}={path}" for name, path in names.items()))
    wait_until((folder / "munge.socket").exists, "munged", settings)


def start_accounting(settings: Settings) -> None:
    """Start the database and the daemon before it, with this cluster registered."""
    folder = settings.path
    prepared = call(
        settings,
        *["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={folder}/database"],
        *["--auth-root-authentication-method=normal", "--skip-test-db"],
    )
    if prepared.returncode:
        raise ClusterError(f"the accounting database cannot be made: {prepared.stderr.strip()[-500:]}")
    daemon(
        settings,
        *["mariadbd", "--no-defaults", "--user=root", "--skip-networking", f"--datadir={folder}/database"],
        *[f"--socket={folder}/database.socket", f"--pid-file={folder}/database.pid", "--innodb-buffer-pool-size=64M"],
    )
    reach = ["mariadb", "--no-defaults", f"--socket={folder}/database.socket"]
    wait_until(lambda: call(settings, *reach, "--execute=select 1").returncode == 0, "mariadbd", settings)
    daemon(settings, "slurmdbd", "-D")
    register = ["sacctmgr", "--immediate", "add", "cluster", "reversal"]
    wait_until(lambda: call(settings, *register).returncode == 0, "slurmdbd", settings)


def start_controller(settings: Settings) -> None:
    """Start slurmctld and wait until it answers."""
    daemon(settings, "slurmctld", "-D")
    wait_until(lambda: call(settings, "scontrol", "ping").returncode == 0, "slurmctld", settings)


def client_environment(settings: Settings) -> dict[str, str]:
    """What must be in the environment of whoever talks to this cluster."""
    path = os.environ.get("PATH", PATH).removeprefix(f"{settings.folder}/bin:")
    return {"SLURM_CONF": f"{settings.folder}/slurm.conf", "PATH": f"{settings.folder}/bin:{path}"}


def states(settings: Settings) -> set[str]:
    """The states that nodes are in; a node that does not answer has a star."""
    return set(call(settings, "sinfo", "--noheader", "--Node", "--format=%T").stdout.split())


def call(settings: Settings, *command: str) -> subprocess.CompletedProcess:
    """One of SLURM's commands, bounded."""
    try:
        return subprocess.run(
            command,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(command, 124, "", f"{late}")


def environment(settings: Settings) -> dict[str, str]:
    """The environment of daemons and of our own calls; the database is found by its socket, which has no setting."""
    return {
        **client_environment(settings),
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "MYSQL_UNIX_PORT": f"{settings.folder}/database.socket",
        MARK: settings.folder,
    }


def daemon(settings: Settings, name: str, *arguments: str) -> None:
    """Start a daemon in the foreground of a session of its own, so that nothing of ours keeps it or is kept by it."""
    with (settings.path / "output.log").open("ab") as output:
        subprocess.Popen(
            [shutil.which(name, path=PATH) or name, *arguments],
            env=environment(settings),
            cwd=settings.path,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def wait_until(holds: Callable[[], bool], what: str, settings: Settings) -> None:
    """Ask five times a second, for a bounded time.

    Raises:
        ClusterError: it did not hold in time.
    """
    deadline = time.monotonic() + SECONDS_TO_START
    while not holds():
        if time.monotonic() > deadline:
            raise ClusterError(f"{what} did not come up in {SECONDS_TO_START} s; see the logs in {settings.folder}")
        time.sleep(0.2)


def kill_everything(settings: Settings) -> None:
    """Kill the jobs, which hold nothing worth keeping, then end the daemons: asked first, then killed."""
    ours = processes(settings)
    stop(ours["jobs"], signal.SIGKILL)
    stop(ours["daemons"])


def processes(settings: Settings) -> dict[str, list[int]]:
    """Process ids of this cluster's daemons, known by its mark, and of its jobs, by its SLURM_CONF.

    Whoever talks to the cluster has that too: a job has an id as well, and the daemon that watches it a name.
    """
    found = {"daemons": [], "jobs": []}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            variables = (process / "environ").read_bytes().split(b"\0")
            name = (process / "comm").read_text().strip()
        except OSError:  # it has just ended
            continue
        if f"{MARK}={settings.folder}".encode() in variables:
            found["daemons"].append(int(process.name))
        elif f"SLURM_CONF={settings.folder}/slurm.conf".encode() in variables and (
            name == "slurmstepd" or any(variable.startswith(b"SLURM_JOB_ID=") for variable in variables)
        ):
            found["jobs"].append(int(process.name))
    return found


def stop(numbers: list[int], first: signal.Signals = signal.SIGTERM) -> None:
    """End processes by a signal, and after a bounded time by SIGKILL."""
    for asked in (first, signal.SIGKILL):
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, asked)
        deadline = time.monotonic() + SECONDS_TO_STOP
        while (numbers := [number for number in numbers if running(number)]) and time.monotonic() < deadline:
            time.sleep(0.1)


def running(number: int) -> bool:
    """Whether a process is there and not merely waiting to be collected by its parent."""
    with suppress(ChildProcessError):
        os.waitpid(number, os.WNOHANG)  # collects it if it is our own child
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["up", "down"])
    parser.add_argument("--folder", default=Settings.folder, help="everything lies here")
    parser.add_argument("--cpu-partition", default=Settings.cpu_partition)
    parser.add_argument("--gpu-partition", default=Settings.gpu_partition)
    parser.add_argument("--gpu-type", default=Settings.gpu_type)
    parser.add_argument("--no-accounting", dest="accounting", action="store_false", help="no slurmdbd, no sacct")
    options = vars(parser.parse_args())
    what, settings = options.pop("what"), Settings(**options)
    if what == "down":
        return down(settings)
    try:
        print(*(f"export {name}={value}" for name, value in up(settings).items()), sep="\n")
    except ClusterError as error:
        sys.exit(f"slurm: {error}")


if __name__ == "__main__":
    main()
