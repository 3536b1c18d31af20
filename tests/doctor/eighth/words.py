"""Parts of derivations that the tables of the eighth catalogue have in common."""

UNITS = "(y-t)*y*(1-y)"
LINE = "(sigmoid(w*x+b) - t)*sigmoid(w*x+b)*(1 - sigmoid(w*x+b))*x"
BY_HAND = "((h1-y1)*x11 + (h2-y2)*x21 + (h3-y3)*x31)/3"
OF_LABELS = "((h1-1)*x11 + h2*x21 + (h3-1)*x31)/3"
OUTER = "((y[0]-t[0])*W2[0][0] + (y[1]-t[1])*W2[1][0])"
OUTER_1 = "((y[0]-t[0])*W2[0][1] + (y[1]-t[1])*W2[1][1])"
