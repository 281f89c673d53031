// Host memory left for the host's own weights. Everything that asks what fits there uses this module.

/** What lies on a device other than the host. */
type DeviceUse = {
  /** Whether the device has no memory of its own, but uses part of the host's. */
  readonly isShared: boolean;
  /** Weights, cache and compute buffers. */
  readonly bytes: number;
};

/**
 * Host memory left for the host's weights.
 * @param memoryBytes host memory that a run may use
 * @param bufferBytes the host's own cache and compute buffers
 * @returns bytes; negative if not even the buffers fit
 */
export function hostRoom(memoryBytes: number, bufferBytes: number, devices: readonly DeviceUse[]): number {
  return memoryBytes - bufferBytes - sharedBytes(devices);
}

/** Bytes of host memory that devices use. */
export function sharedBytes(devices: readonly DeviceUse[]): number {
  return devices.reduce((sum, { isShared, bytes }) => sum + (isShared ? bytes : 0), 0);
}
