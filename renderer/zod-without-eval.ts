// Imported first: schemas decide when they are made whether they may compile themselves from strings, which the content
// security policy forbids and reports.
import { z } from 'zod';

z.config({ jitless: true });
