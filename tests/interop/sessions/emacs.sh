"$TOOL" --quick --batch --load "$SESSIONS/emacs.el" 2>&1
