// How an address on the model hub looks, wherever a file can be named.

/** "hf:owner/name:Q4_K_M", or the address of a page. */
export function isHubAddress(text: string): boolean {
  return /^(?:hf:|hf\.co\/|huggingface\.co\/|https?:\/\/)/i.test(text);
}
