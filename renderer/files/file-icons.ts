// The icons of the kinds of files.
import { Ban, Boxes, ChefHat, FileQuestion, FolderSearch, ListTree, Text, type LucideIcon } from 'lucide-react';
import type { FileKind } from './file-kinds.ts';

export const FILE_ICONS: Readonly<Record<FileKind, LucideIcon>> = {
  model: Boxes,
  demos: ListTree,
  texts: Text,
  folder: FolderSearch,
  choice: ChefHat,
  undecided: FileQuestion,
  declined: Ban,
};
