// More arguments than this may not fit on the stack.
const chunk = 0x2000;

export function base64Text(bytes: Uint8Array): string {
  let binary = '';
  // `apply` takes the bytes as they are. To spread them takes eight times as long.
  for (let i = 0; i < bytes.length; i += chunk)
    binary += String.fromCharCode.apply(undefined, bytes.subarray(i, i + chunk) as unknown as number[]);
  return btoa(binary);
}

export function readBase64(text: string): Uint8Array | undefined {
  // `atob` alone would take spaces, and bytes without their padding.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
