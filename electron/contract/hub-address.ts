// Recognises an address on the model hub wherever a file can be named.

/** Whether the text is "hf:owner/name:Q4_K_M" or the like, or the address of a page. */
export function isHubAddress(text: string): boolean {
  return /^(?:hf:|hf\.co\/|huggingface\.co\/|https?:\/\/)/i.test(text);
}
