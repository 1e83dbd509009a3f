// Boots a kernel in a virtual machine on top of this machine's own root file system (read-only, changes go to memory), runs
// one command in it, and gives back what the command printed. TCG, because nested KVM hangs on such machines.

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sh } from './fetch.mjs';

const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];
const BEGIN = '=== beetrace begin ===';
const END = '=== beetrace end';

const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in $(cat /modules); do insmod $module; done
mkdir -p /lower /upper /new
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose host /lower
mount -t tmpfs tmpfs /upper
mkdir -p /upper/data /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /new
cd /new
mount -t proc proc proc; mount -t sysfs sys sys; mount -t devtmpfs dev dev
mkdir -p dev/pts dev/shm
mount -t devpts devpts dev/pts
mount -t tracefs tracefs sys/kernel/tracing
mount -t debugfs debugfs sys/kernel/debug
mount -t securityfs securityfs sys/kernel/security
mount -t bpf bpf sys/fs/bpf
mount -t cgroup2 cgroup2 sys/fs/cgroup
for place in tmp run dev/shm; do mount -t tmpfs tmpfs $place; done
ln -sf /proc/self/fd dev/fd
ip link set lo up
hostname guest
command=$(sed 's/.* RUN=//' /proc/cmdline | base64 -d)
echo '${BEGIN}'
chroot /new /bin/bash -c "$command" 2>&1
echo "${END} $? ==="
poweroff -f
`;

/** Makes an initramfs of busybox and the modules that reach the host's files. */
function makeInitramfs(kernel, folder) {
  const root = join(folder, 'initramfs');
  rmSync(root, { recursive: true, force: true });
  for (const one of ['bin', 'proc', 'sys', 'dev', 'mod']) mkdirSync(join(root, one), { recursive: true });
  cpSync('/bin/busybox', join(root, 'bin/busybox'), { dereference: true });
  writeFileSync(join(root, 'init'), init, { mode: 0o755 });
  sh('depmod', ['-b', kernel.base, kernel.release]);
  const names = [];
  for (const name of MODULES) {
    const shown = insmodLines(kernel, name);
    for (const [, file] of shown.matchAll(/^insmod (\S+)/gm)) {
      const plain = basename(file).replace(/\.(xz|zst)$/, '');
      if (names.includes(plain)) continue;
      names.push(plain);
      unpackModule(file, join(root, 'mod', plain));
    }
  }
  writeFileSync(join(root, 'modules'), names.map((name) => `/mod/${name}`).join(' '));
  const archive = join(folder, 'initramfs.cpio');
  sh('/bin/sh', ['-c', `cd '${root}' && find . | cpio -o -H newc --quiet > '${archive}'`]);
  return archive;
}

/** What inserts a module and those that it needs; nothing for one that is built in, which not every package lists. */
function insmodLines(kernel, name) {
  try {
    return sh('modprobe', ['-d', kernel.base, '-S', kernel.release, '--show-depends', name]);
  } catch (error) {
    if (/not found in directory/.test(error.message)) return '';
    throw error;
  }
}

function unpackModule(file, target) {
  const tool = { xz: 'xz', zst: 'zstd' }[/\.(xz|zst)$/.exec(file)?.[1]];
  if (!tool) cpSync(file, target);
  else sh('/bin/sh', ['-c', `${tool} -dc '${file}' > '${target}'`]);
}

/**
 * Runs a shell command under the kernel, in the same folders as here.
 * Gives its exit code and output; rejects when the machine did not come up or took longer than `seconds`.
 */
export function runUnder(kernel, command, { seconds = 600, onLine = () => {} } = {}) {
  const folder = join(dirname(kernel.base), 'machine');
  mkdirSync(folder, { recursive: true });
  const initramfs = makeInitramfs(kernel, folder);
  const encoded = Buffer.from(command).toString('base64');
  const args = [
    '-accel',
    'tcg,thread=multi',
    '-cpu',
    'max',
    '-smp',
    '2',
    '-m',
    '3G',
    '-nographic',
    '-no-reboot',
    '-nodefaults',
  ];
  args.push('-serial', 'stdio', '-kernel', kernel.image, '-initrd', initramfs);
  // The emulated HPET costs an exit of the machine for each look at the clock.
  args.push('-append', `console=ttyS0 quiet panic=-1 oops=panic tsc=reliable RUN=${encoded}`);
  args.push('-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap');
  const machine = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let text = '';
    let shown = -1;
    machine.stdout.setEncoding('utf8');
    machine.stderr.setEncoding('utf8');
    const timer = setTimeout(() => machine.kill('SIGKILL'), seconds * 1000);
    machine.stderr.on('data', (chunk) => {
      text += chunk;
    });
    machine.stdout.on('data', (chunk) => {
      text += chunk;
      if (shown === -1) shown = endOf(text, `${BEGIN}\r\n`);
      if (shown === -1) return;
      for (let at = text.indexOf('\n', shown); at !== -1; at = text.indexOf('\n', shown)) {
        onLine(text.slice(shown, at).replace(/\r$/, ''));
        shown = at + 1;
      }
    });
    machine.on('error', reject);
    machine.on('close', () => {
      clearTimeout(timer);
      const clean = text.replaceAll('\r', '');
      const ended = new RegExp(`${END} (\\d+) ===`).exec(clean);
      if (!ended) return reject(new Error(`${kernel.release} did not finish in ${seconds} s:\n${clean.slice(-3000)}`));
      const from = clean.indexOf(BEGIN) + BEGIN.length + 1;
      resolve({ code: Number(ended[1]), output: clean.slice(from, ended.index) });
    });
  });
}

/** Where a text is behind a word, or -1. */
function endOf(text, word) {
  const at = text.indexOf(word);
  return at === -1 ? -1 : at + word.length;
}

/** What this machine lacks for booting kernels, as Debian package names. */
export function missingTools() {
  const tools = {
    'qemu-system-x86': ['/usr/bin/qemu-system-x86_64'],
    'busybox-static': ['/bin/busybox'],
    cpio: ['/usr/bin/cpio', '/bin/cpio'],
    kmod: ['/sbin/modprobe', '/usr/sbin/modprobe'],
    'xz-utils': ['/usr/bin/xz'],
    zstd: ['/usr/bin/zstd'],
  };
  return Object.entries(tools)
    .filter(([, paths]) => !paths.some(existsSync))
    .map(([name]) => name);
}

/** The release of the kernel that runs now. */
export function runningRelease() {
  return readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
}
