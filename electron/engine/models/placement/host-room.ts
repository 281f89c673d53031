// Host memory that is left for the host's own weights. All that asks what fits there asks here.

/** What lies on a device beside the host. */
type DeviceUse = {
  /** The device has no memory of its own, but a part of the host's. */
  readonly isShared: boolean;
  /** Weights, cache and compute buffers. */
  readonly bytes: number;
};

/**
 * @param memoryBytes of the host that a run may use
 * @param bufferBytes the host's own cache and compute buffers
 * @returns bytes; negative where not even the buffers fit
 */
export function hostRoom(memoryBytes: number, bufferBytes: number, devices: readonly DeviceUse[]): number {
  return memoryBytes - bufferBytes - sharedBytes(devices);
}

/** Bytes that devices hold in the host's memory. */
export function sharedBytes(devices: readonly DeviceUse[]): number {
  return devices.reduce((sum, { isShared, bytes }) => sum + (isShared ? bytes : 0), 0);
}
