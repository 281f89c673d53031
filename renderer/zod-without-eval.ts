// Must be imported first: when a schema is created, it decides whether it may compile itself from strings, which the
// content security policy forbids and reports.
import { z } from 'zod';

z.config({ jitless: true });
