// Explains why an address cannot be listened on.
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';

/** The error for an address that cannot be listened on. @param error the error from listening */
export function cannotListen(error: NodeJS.ErrnoException, hostname: string, port: number): WinnowError {
  const why = error.code === 'EADDRINUSE' ? 'another program uses it. Choose another --port' : error.message;
  return new WinnowError('USAGE', msg('cannotListen', { hostname, port, why }), { hostname, port });
}
