import { Check, Copy } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { IconButton } from './icon-button.tsx';
import { showToast } from './toast.tsx';

const SHOWN_MS = 1500;

type CopyButtonProps = {
  readonly text: string;
  readonly label: string;
  /** Shows only an icon, with the label as its tooltip. */
  readonly isCompact?: boolean;
};

/** A button that copies the text and confirms it. */
export function CopyButton({ text, label, isCompact = false }: CopyButtonProps): ReactNode {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);

  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // a browser may forbid it
      showToast(t('kit.notCopied'));
    }
  };
  const icon = isCopied ? Check : Copy;
  const name = isCopied ? t('kit.copied') : label;
  if (isCompact) return <IconButton icon={icon} label={name} size="small" onPress={() => void copy()} />;
  return (
    <Button size="small" icon={icon} onPress={() => void copy()}>
      {name}
    </Button>
  );
}
