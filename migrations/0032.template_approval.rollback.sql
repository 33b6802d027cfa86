drop table communications.template_approvals;
