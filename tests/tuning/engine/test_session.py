"""Ray for the length of a block, whoever has imported or used Ray before."""

import ipaddress
import json
import subprocess
import sys
import textwrap

import pytest
import ray

from tests import PATIENCE
from tests.tuning import faults, nodes
from tuning.engine import session as ray_session
from tuning.engine import stub_agent

START = """
import builtins, json, os, sys, threading
import psutil
{before}
from ray._common.usage import usage_lib
from trainable.imports import importing
from trainable.catalogue import find_task
from tuning.engine import environment, session as ray_session

sys.setswitchinterval(1e-4)
main_thread, plain_import = threading.main_thread(), builtins.__import__
complete, beside, removed = set(), set(), []
tags = usage_lib.TagKey.values()

def noted_import(name, globals=None, locals=None, fromlist=(), level=0):
    module = plain_import(name, globals, locals, fromlist, level)
    if threading.current_thread() is not main_thread:
        names = {{module.__name__}} | {{f"{{module.__name__}}.{{part}}" for part in fromlist or ()}}
        beside.update((names & sys.modules.keys()) - complete)
    return module

def with_another_tag(*arguments):
    # as the main thread may record one at any time
    if threading.current_thread().name == "another" or not tags:
        return
    another = threading.Thread(
        target=usage_lib.record_extra_usage_tag, args=(tags.pop(), "1"), name="another"
    )
    another.start(), another.join()

def note_removed(event, arguments):
    if event == "os.unsetenv" and complete:
        removed.append(str(arguments))

usage_lib._put_extra_usage_tag = with_another_tag
sys.addaudithook(note_removed)
variables = dict(os.environ)
with {session} as session:
    complete.update(sys.modules)
    builtins.__import__ = noted_import
    from results import load
    with importing():
        from tuning.engine import workers
    session.ready()
    builtins.__import__ = plain_import
    complete.clear()
    import ray

    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    print(json.dumps({{
        "beside": sorted(beside),
        "removed": removed,
        "processes": [" ".join(process.cmdline()) or process.name() for process in family],
        "listening": sorted({{
            connection.laddr.ip
            for process in family
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }}),
        "worker": ray.get(ray.remote(lambda: [
            connection.laddr.ip
            for connection in psutil.Process().net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]).remote()),
        "token": ray.get(ray.remote(lambda: os.environ.get("RAY_AUTH_MODE")).remote()),
    }}))
assert dict(os.environ) == variables
"""
LOCAL = "ray_session.local(1)"
OWN_RAY = """
import ray

def own():
    # on all interfaces, as Ray has it
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    assert ray.get(ray.remote(lambda: 1).remote()) == 1
    ray.shutdown()

own()
from tuning.engine import session as ray_session
for _ in range(2):
    with ray_session.local(1) as session:
        session.ready()
        print(ray.util.get_node_ip_address(), ray.get(ray.remote(lambda: 1).remote()))
own()
"""


def python(code, **how):
    """What a program prints that is given on the command line."""
    how = {"env": faults.environment(PYTHONPATH=str(faults.ROOT)), "timeout": PATIENCE} | how
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **how)


def all_on_loopback(addresses):
    plain = [address.removeprefix("::ffff:") for address in addresses]
    return bool(plain) and all(ipaddress.ip_address(address).is_loopback for address in plain)


@pytest.fixture(scope="module", params=["", "from ray import tune"], ids=["fresh", "ray imported"])
def started(request):
    """What a local session did, in a program that may have imported Ray Tune before."""
    done = python(START.format(before=request.param, session=LOCAL))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_socket_is_on_loopback_whenever_ray_was_imported(started):
    assert all_on_loopback(started["listening"])
    assert all_on_loopback(started["worker"])


def test_workers_ask_for_a_token_whenever_ray_was_imported(started):
    assert started["token"] == "token"


def test_no_server_of_the_dashboard_and_no_monitor_is_started(started):
    text = "\n".join(started["processes"])

    assert "gcs_server" in text
    assert stub_agent.__file__ in text
    for name in ("dashboard/dashboard.py", "monitor.py", "log_monitor.py"):
        assert name not in text


def test_ray_starts_while_the_main_thread_records_usage_tags(started):
    """The tags are recorded in the middle of the hooks with which `ray.init` ends."""
    assert started["processes"]


def test_no_package_is_imported_in_both_threads_at_once(started):
    """Each thread could find packages that the other has half imported."""
    assert started["beside"] == []


def test_no_variable_is_removed_while_ray_copies_the_environment(started):
    assert started["removed"] == []


def test_the_thread_that_joins_a_cluster_imports_nothing_beside_the_main_thread():
    """Nodes are asked meanwhile, which sends a task."""
    with nodes.alone(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=nodes.TOKEN) as address:
        session = f"ray_session.joined({address!r}, find_task('digits'))"
        settings = {"RAY_AUTH_TOKEN": nodes.TOKEN, "PYTHONPATH": str(faults.ROOT)}
        code = START.format(before="from ray import tune", session=session)
        done = python(code, env=faults.environment(**settings))
        wrong = python(
            refused_while_printing(address),
            env=faults.environment(**settings | {"RAY_AUTH_TOKEN": "x" * 64}),
        )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["beside"] == []
    assert "did not let us in: is its token another one?" in wrong.stdout
    assert wrong.stderr == "printed meanwhile\n"  # and none of Ray's own lines


def refused_while_printing(address):
    """A program that prints on stderr while a cluster does not let it in."""
    return textwrap.dedent(f"""
        import sys, time
        from trainable.catalogue import find_task
        from tuning.engine import session as ray_session
        with ray_session.joined({address!r}, find_task("digits")) as session:
            time.sleep(2)
            print("printed meanwhile", file=sys.stderr)
            try:
                session.ready()
            except ValueError as error:
                print(error)
    """)


def test_a_program_may_use_ray_before_and_after(tmp_path):
    """Its token lies in its home directory; a session has one of its own."""
    environment = faults.environment(HOME=str(tmp_path), PYTHONPATH=str(faults.ROOT))

    done = python(OWN_RAY, env=environment)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "127.0.0.1 1\n127.0.0.1 1\n"


@pytest.mark.usefixtures("ray_running")
def test_a_ray_that_runs_is_used_and_left_running(tmp_path):
    with ray_session.local(1) as session:
        session.ready()
        assert ray.cluster_resources()["CPU"] == 2
        assert session.directory.is_dir()

    assert ray.is_initialized()
    assert not session.directory.exists()


def test_a_temporary_directory_too_long_for_sockets_is_refused(tmp_path):
    code = """
        from tuning.engine import session as ray_session
        with ray_session.local(1):
            pass
    """
    long = tmp_path / ("t" * 100)
    long.mkdir()
    environment = faults.environment(TMPDIR=str(long), PYTHONPATH=str(faults.ROOT))

    done = python(textwrap.dedent(code), env=environment)

    assert "ValueError: TMPDIR" in done.stderr
    assert "is too long a path for Ray's sockets" in done.stderr


def test_nothing_heavy_is_imported_before_ray_begins_to_start():
    """A worker's imports begin with the session: what comes before delays the first epoch."""
    heavy = {"ray", "torch", "pandas", "scipy", "pyarrow", "sklearn", "plotly"}
    code = f"import sys, tune_main, tuning.runs; print({heavy} & set(sys.modules))"

    done = python(code, env=faults.environment(PYTHONPATH=str(faults.ROOT)))

    assert done.stdout.strip() == "set()"
