/** The kernel that every release of Talos runs here. */
export const KERNEL_RELEASE = '6.18.38-talos';

/** What a metal image starts its kernel with. */
export const KERNEL_CMDLINE =
  'talos.platform=metal console=tty0 init_on_alloc=1 slab_nomerge pti=on ' +
  'consoleblank=0 nvme_core.io_timeout=4294967295 printk.devkmsg=on selinux=1 ' +
  'module.sig_enforce=1 proc_mem.force_override=never';
