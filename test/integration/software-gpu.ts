// A GPU that every machine can have: Mesa's software device, by Vulkan. Debian: libvulkan1 and mesa-vulkan-drivers.
import { existsSync } from 'node:fs';
import { processorFlags } from '../setup/cpu-variants.ts';

/** Whether it can compute here: for x86-64 without F16C, Mesa's compiler ends the process on kernels that read half precision. */
export function softwareGpuComputes(): boolean {
  return process.platform === 'linux' && (process.arch !== 'x64' || processorFlags().has('f16c'));
}

/** @returns the environment in which a process sees it @throws Error if it is not installed */
export function softwareGpu(): Record<string, string> {
  const driver = [
    '/usr/share/vulkan/icd.d/lvp_icd.json',
    '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json',
    '/usr/share/vulkan/icd.d/lvp_icd.aarch64.json',
  ].find((path) => existsSync(path));
  if (driver === undefined) throw new Error('lavapipe is missing: apt-get install libvulkan1 mesa-vulkan-drivers');
  return {
    VK_ICD_FILENAMES: driver,
    // or ggml passes over software devices
    GGML_VK_VISIBLE_DEVICES: '0',
    // what it takes by itself with AVX; with the 128 bits that it takes on ARM, ggml's kernels give wrong sums
    LP_NATIVE_VECTOR_WIDTH: '256',
    // or ggml waits busily while Mesa compiles the kernels, which takes as much again of what the machine has
    GGML_VK_SERIALIZE_SUBMISSIONS: '1',
  };
}
