/** Real libvirtd, real QEMU: the life of VMs. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, openHost, stateOf, vmSpec } from '../support/hypervisor.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(60_000);

let pc: Pc;
let host: Host;

beforeAll(async () => {
  pc = await startPc('pc1');
  host = await openHost(pc);
}, 90_000);

afterEach(async () => {
  for (const domain of await host.domains())
    if (domain.vmId !== undefined && domain.owner === 'ours') await host.removeVm(domain.vmId);
});

afterAll(async () => {
  await host?.stop();
  await pc?.stop();
});

async function running(vmId: string, guest: Parameters<typeof vmSpec>[2] = 'ticker') {
  await host.ensureCreated(vmSpec(pc, vmId, guest));
  await host.startVm(vmId);
}

const ticks = (vmId: string) => readFileSync(host.serialLogPath(vmId), 'utf8');

describe('a VM', () => {
  test('starts, ticks on its serial port, shows a screen and a VNC socket, and counts what it uses', async () => {
    await running('v1');
    await until('ticks', () => ticks('v1').includes('labmesh test guest\n.'));
    expect((await host.statsAll()).get('v1')?.cpuNs).toBeGreaterThan(0);
    const png = await host.screenshot('v1');
    expect(Buffer.from(png?.subarray(1, 4) ?? []).toString()).toBe('PNG');
    expect(statSync(host.vncSocket('v1')).isSocket()).toBe(true);
    expect(await host.address('v1')).toBeNull();
  });

  test('is created and started twice without harm', async () => {
    await running('v2');
    const [pid] = pc.qemuPids('labmesh-v2');
    await running('v2');
    expect(pc.qemuPids('labmesh-v2')).toEqual([pid ?? 0]);
  });

  test('goes on where it was after managed save: it does not boot again', async () => {
    await running('v3');
    await until('ticks', () => ticks('v3').includes('guest\n..'));
    await host.suspendVm('v3');
    expect(pc.qemuPids('labmesh-v3')).toEqual([]);
    expect((await host.domains()).find((domain) => domain.vmId === 'v3')).toMatchObject({
      state: 'off',
      hasSave: true,
    });
    const before = ticks('v3').length;
    await host.startVm('v3');
    await until('more ticks', () => ticks('v3').length > before + 3);
    expect(ticks('v3').split('labmesh test guest').length).toBe(2);
  });

  test('force off drops saved memory', async () => {
    await running('v4');
    await host.suspendVm('v4');
    await host.forceOffVm('v4');
    expect((await host.domains()).find((domain) => domain.vmId === 'v4')).toMatchObject({
      state: 'off',
      hasSave: false,
    });
  });

  test('that powers itself off is told as stopped', async () => {
    await running('v5', 'poweroff');
    const told = await until('event', () =>
      host.events.find((e) => e.vmId === 'v5' && e.event === 'stopped'),
    );
    expect(told.detail).toBe('shutdown');
    expect(await stateOf(host, 'v5')).toBe('off');
  });

  test('whose QEMU is killed is told as crashed, and starts again', async () => {
    await running('v6');
    for (const pid of pc.qemuPids('labmesh-v6')) kill(pid);
    await until('event', () => host.events.find((e) => e.vmId === 'v6' && e.event === 'crashed'));
    await host.startVm('v6');
    expect(await stateOf(host, 'v6')).toBe('running');
  });

  test('with a hostile name is made all the same, and its name stays text', async () => {
    const name = `</title><devices/>&"']]>\u0000\u0007\n\ud800😀${'x'.repeat(5000)}`;
    await host.ensureCreated(vmSpec(pc, 'v7', 'ticker', { name }));
    const { stdout } = await pc.run(['virsh', '-c', 'qemu:///system', 'dumpxml', 'labmesh-v7']);
    expect(stdout).toContain('<title>&lt;/title&gt;&lt;devices/&gt;&amp;&quot;&apos;]]&gt; ');
    expect((await host.domains()).find((domain) => domain.vmId === 'v7')).toMatchObject({
      owner: 'ours',
      epoch: 1,
    });
  });

  test('R2: an older epoch is refused, a newer one taken', async () => {
    await host.ensureCreated(vmSpec(pc, 'v8', 'ticker', { epoch: 5 }));
    await expect(host.ensureCreated(vmSpec(pc, 'v8', 'ticker', { epoch: 4 }))).rejects.toMatchObject({
      code: 'hypervisor.epoch_stale',
      data: { known: 5, asked: 4 },
    });
    await host.ensureCreated(vmSpec(pc, 'v8', 'ticker', { epoch: 6 }));
    expect((await host.domains()).find((domain) => domain.vmId === 'v8')?.epoch).toBe(6);
  });

  test('is removed with everything that was made for it, and the image stays', async () => {
    const spec = vmSpec(pc, 'v9', 'ticker', { dataDiskBytes: 1024 * 1024 });
    await host.ensureCreated(spec);
    await host.startVm('v9');
    expect(statSync(spec.osDisk.backingFile ?? '').uid).toBe(0);
    await host.removeVm('v9');
    expect(readdirSync(join(pc.dir, 'data', 'vms'))).toEqual([]);
    expect(await stateOf(host, 'v9')).toBeUndefined();
    expect(existsSync(spec.osDisk.backingFile ?? '')).toBe(true);
    await host.removeVm('v9');
  });

  test('GF27 unknown ones are refused by name', async () => {
    for (const act of [host.startVm, host.shutdownVm, host.rebootVm, host.forceOffVm, host.suspendVm]) {
      await expect(act('nobody')).rejects.toMatchObject({ code: 'hypervisor.vm_unknown' });
    }
    await expect(host.startVm('../../etc')).rejects.toMatchObject({ code: 'hypervisor.vm_id' });
  });

  test('GF20 a missing image is named', async () => {
    const spec = vmSpec(pc, 'v10', 'ticker', {
      osDisk: { backingFile: '/nowhere/image.raw', virtualBytes: 1024 * 1024 },
    });
    await expect(host.ensureCreated(spec)).rejects.toMatchObject({ code: 'hypervisor.image_missing' });
  });
});

describe('a restart of the node', () => {
  test('GF11 leaves VMs running and finds them again', async () => {
    await running('w1');
    const pids = pc.qemuPids('labmesh-w1');
    await host.stop();
    host = await openHost(pc);
    expect((await host.domains()).find((domain) => domain.vmId === 'w1')).toMatchObject({
      owner: 'ours',
      state: 'running',
      epoch: 1,
    });
    expect(pc.qemuPids('labmesh-w1')).toEqual(pids);
  });

  test('of libvirtd leaves VMs running; the link comes back and so do events', async () => {
    await running('w2');
    await pc.stopLibvirtd();
    await until('unavailable', () => host.status().state === 'unavailable');
    await expect(host.startVm('w2')).rejects.toMatchObject({
      code: expect.stringMatching(/^hypervisor\.libvirt_/),
    });
    expect(pc.qemuPids('labmesh-w2')).toHaveLength(1);
    await pc.startLibvirtd();
    await until('ready', () => host.status().state === 'ready');
    expect(await stateOf(host, 'w2')).toBe('running');
    // A guest that ends while libvirtd still finds it again ends without an event of libvirt's: it has it back when it can
    // show its screen.
    await until('its screen', () => host.screenshot('w2'));
    const before = host.events.length;
    await host.forceOffVm('w2');
    await until('event', () => host.events.slice(before).find((e) => e.event === 'stopped'));
  }, 60_000);
});

test('foreign domains and those of another cloud are shown and not touched', async () => {
  const xml =
    "<domain type='qemu'><name>labmesh-x1</name><memory>32768</memory><os><type>hvm</type></os></domain>";
  const file = join(pc.dir, 'foreign.xml');
  await Bun.write(file, xml);
  await pc.run(['virsh', '-c', 'qemu:///system', 'define', file]);
  const other = await openHost(pc, { cloudId: 'cloud-b', dataDir: join(pc.dir, 'other'), subnet: 8 });
  await other.ensureCreated(vmSpec(pc, 'x2'));
  const seen = await host.domains();
  expect(seen.find((domain) => domain.name === 'labmesh-x1')?.owner).toBe('foreign');
  expect(seen.find((domain) => domain.name === 'labmesh-x2')?.owner).toBe('other-cloud');
  await host.removeVm('x1');
  await host.removeVm('x2');
  expect(await host.domains()).toHaveLength(2);
  await expect(host.startVm('x1')).rejects.toMatchObject({ code: 'hypervisor.vm_unknown' });
  await other.removeVm('x2');
  await other.stop();
  await pc.run(['virsh', '-c', 'qemu:///system', 'undefine', 'labmesh-x1']);
});
