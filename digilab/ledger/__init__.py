"""登録台帳: what became of each row that a robot keys; who approved it, who settled what nobody knew."""
